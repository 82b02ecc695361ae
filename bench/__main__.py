"""`make bench`: each figure beside its reference in the same run, as lines of JSON; `--baseline` keeps the ratios."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain, count, islice
from typing import Any

from bench import certificates, content, gradebook, grading, load, pdf, reports, servers
from bench.lines import BASELINE, ROUNDS, Line, report, run_line
from bench.room import EXERCISES, PAPERS, SAVES, TRAINEES, Desk, furnish, newest_changes, save_body

BARE_PAGE = "Flask + Jinja page of 12 kB"
BARE_COMMIT = "Flask + one SQLAlchemy commit"
TRAINEES_FILLED = 10_000


def pages(product: servers.Server, bare: servers.Server) -> Iterator[Line]:
    """Server CPU a request of every page that there is."""
    course = "/courses/key-account-ecosystem"
    for name, path, needle, cookie, budget in (
        ("course page", course, "关键客户营销生态系统", product.cookie, "≤ 2.5 ms"),
        ("catalogue", "/courses", "关键客户营销生态系统", product.cookie, "≤ 2.5 ms"),
        ("handbook page", f"{course}/handbook", "带走一句话", product.cookie, "≤ 2.5 ms"),
        ("worksheets page", f"{course}/worksheets", "滨河客运", product.cookie, "≤ 3 ms"),
        ("session plan as PDF, cached", f"{course}/session-plan.pdf", "%PDF", product.cookie, "≤ 2.5 ms"),
        ("sign-in page", "/sign-in", "csrf_token", "", "≤ 2.5 ms"),
        ("health", "/healthz", "", "", "–"),
    ):
        yield Line(
            name,
            "ms of server CPU",
            budget,
            partial(load.cpu_ms_a_request, product.port, path, pid=product.pid, cookie=cookie, needle=needle.encode()),
            lambda: load.cpu_ms_a_request(bare.port, "/page/3", pid=bare.pid, needle=b"Case 24"),
            BARE_PAGE,
        )


def answers(product: servers.Server, bare: servers.Server) -> Iterator[Line]:
    """Server CPU of what happens in a full room: opening a sheet, saving, handing in, looking at the table."""
    assert product.app is not None  # noqa: S101 -- servers.product gives one
    database = product.app.extensions["database"]
    room = furnish(database, product.app)
    table = f"/cohorts/{room.cohort_id}/table"
    seqs, papers = count(1), iter(room.papers)

    def opening() -> float:
        asked = [_open(desk) for _ in range(3) for desk in room.desks]
        return load.cpu_ms_of(product.port, asked, pid=product.pid)

    def saving() -> float:
        known = newest_changes(database)
        asked = [_save(desk, next(seqs), known[desk.attempt_id]) for _ in range(5) for desk in room.desks]
        return load.cpu_ms_of(product.port, asked, pid=product.pid)

    def handing_in() -> float:
        asked = [_hand_in(desk) for desk in islice(papers, PAPERS // ROUNDS)]
        return load.cpu_ms_of(product.port, asked, pid=product.pid)

    def committing() -> float:
        asked = [load.Request("/commit", "POST", body=b"x" * 100, needle=b"kept")] * 1000
        return load.cpu_ms_of(bare.port, asked, pid=bare.pid)

    page = partial(load.cpu_ms_a_request, bare.port, "/page/3", pid=bare.pid, needle=b"Case 24")
    asking = partial(load.cpu_ms_a_request, product.port, pid=product.pid)
    unit = "ms of server CPU"
    yield Line(f"worksheet page, {SAVES} saves on it", unit, "≤ 3 ms, ≤ 6 statements", opening, page, BARE_PAGE)
    yield Line("autosave", unit, "≤ 2 ms, ≤ 4 statements", saving, committing, BARE_COMMIT)
    yield Line("hand-in, graded", unit, "≤ 5 ms", handing_in, committing, BARE_COMMIT)
    whole = partial(asking, table, cookie=room.trainer["Cookie"], needle="学员200".encode(), count=10)
    yield Line(f"cohort table, {TRAINEES} × {EXERCISES}", unit, "–", whole, page, BARE_PAGE)
    yield from gradebook.lines(room, database, product, bare)


def _open(desk: Desk) -> load.Request:
    return load.Request(f"/attempts/{desk.attempt_id}", headers=desk.headers, needle=b"csrf_token")


def _save(desk: Desk, seq: int, base: int) -> load.Request:
    headers = {**desk.headers, "Content-Type": "application/json"}
    return load.Request(f"/attempts/{desk.attempt_id}", "PATCH", headers, save_body(desk, seq, base))


def _hand_in(desk: Desk) -> load.Request:
    return load.Request(f"/attempts/{desk.attempt_id}/hand-in", "POST", desk.headers, status=303)


def memory(product: servers.Server, bare: servers.Server) -> Line:
    """Of a worker that has drawn every page."""
    return Line(
        "memory a worker",
        "MB",
        "≤ 110 MB",
        lambda: load.memory_of_largest_child(product.pid),
        lambda: load.memory_of_largest_child(bare.pid),
        f"worker of the {BARE_PAGE}",
    )


def of_demo(_trainees: int) -> Iterator[Line]:
    with servers.product() as product, servers.reference() as bare:
        yield from pages(product, bare)
        yield memory(product, bare)
        yield from answers(product, bare)


def of_filled(trainees: int) -> Iterator[Line]:
    with servers.filled_product(trainees) as product, servers.reference() as bare:
        yield from reports.lines(product, bare)


SECTIONS: dict[str, Callable[[int], Iterator[Line]]] = {
    "pages": of_demo,
    "reports": of_filled,
    "content": lambda _: content.lines(),
    "grading": lambda _: grading.lines(),
    "pdf": lambda _: chain(pdf.lines(), certificates.lines()),
}


def results(sections: Sequence[str], trainees: int) -> Iterator[dict[str, Any]]:
    """All lines of some sections, measured one after the other."""
    for section in sections:
        yield from map(run_line, SECTIONS[section](trainees))


def main() -> None:
    """Measure, print, and with --baseline write the ratios down."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--baseline", action="store_true", help=f"write the ratios to {BASELINE.name}")
    parser.add_argument("--only", choices=SECTIONS, action="append", help="measure this section; may be repeated")
    parser.add_argument("--trainees", type=int, default=TRAINEES_FILLED, help="with ten enrolments each, for reports")
    wanted = parser.parse_args()
    done = report(results(wanted.only or list(SECTIONS), wanted.trainees))
    if wanted.baseline:
        before = json.loads(BASELINE.read_text(encoding="utf-8")) if wanted.only and BASELINE.exists() else {}
        ratios = before | {result["line"]: result["ratio"] for result in done}
        BASELINE.write_text(json.dumps(ratios, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
