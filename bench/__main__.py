"""`make bench`: each figure beside its reference in the same run, as lines of JSON; `--baseline` keeps the ratios."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from functools import partial
from typing import Any

from bench import content, load, pdf, servers
from bench.lines import BASELINE, Line, report, run_line

BARE_PAGE = "Flask + Jinja page of 12 kB"


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


def results() -> Iterator[dict[str, Any]]:
    """All lines, measured one after the other."""
    with servers.product() as product, servers.reference() as bare:
        yield from map(run_line, pages(product, bare))
        yield run_line(
            Line(
                "memory a worker",
                "MB",
                "≤ 110 MB",
                lambda: load.memory_of_largest_child(product.pid),
                lambda: load.memory_of_largest_child(bare.pid),
                f"worker of the {BARE_PAGE}",
            )
        )
    yield from map(run_line, (*content.lines(), *pdf.lines()))


def main() -> None:
    """Measure, print, and with --baseline write the ratios down."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--baseline", action="store_true", help=f"write the ratios to {BASELINE.name}")
    keep = parser.parse_args().baseline
    done = report(results())
    if keep:
        ratios = {result["line"]: result["ratio"] for result in done}
        BASELINE.write_text(json.dumps(ratios, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
