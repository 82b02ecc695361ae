"""Printed sheets of one person: their codes, where a scan leads, and forms that come back filled in."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.accounts.models import Person
from app.assessment.assigning import Window, set_times
from app.assessment.models import AnswerChange, Attempt
from app.assessment.queries import own_work, written_in
from app.assessment.rules import MOST_SEED, seed_for
from app.catalogue.actions import publish_course
from app.cohorts.models import Cohort, Enrolment
from app.db import Database
from app.documents import form_values
from app.paperwork.paper_codes import PaperCode, read_code, written_code
from app.paperwork.paper_queries import own_paper, papers_of
from tests.assessment.samples import Room, create_room, hand_in, save, start, viewer_of
from tests.catalogue.samples import HIDDEN, HIERARCHY, RING, create_course
from tests.cohorts.samples import create_cohort
from tests.conftest import NOW, CreatePerson, statements_of, token_of

EXERCISE = "/cohorts/1/exercises/needs"
SECRET = "a secret of the tests"
CODE = PaperCode(enrolment_id=17, version_id=3, exercise=2, number=1, variant=40_000)


@pytest.fixture
def room(database: Database, alice: Person, bob: Person) -> Room:
    with database.transaction() as db:
        return create_room(db, bob, alice)


@pytest.fixture
def browser(room: Room, client_of: Callable[[Person], FlaskClient]) -> FlaskClient:
    return client_of(room.trainee)


@pytest.fixture
def desk(room: Room, client_of: Callable[[Person], FlaskClient]) -> FlaskClient:
    return client_of(room.trainer)


def downloaded(browser: FlaskClient, address: str = f"{EXERCISE}/form.pdf") -> bytes:
    response = browser.get(address)
    assert (response.status_code, response.mimetype) == (200, "application/pdf")
    return bytes(response.data)


def typed(content: bytes, **values: str) -> bytes:
    """The form as somebody fills it in; two underscores stand for the dot."""
    writer = PdfWriter()
    writer.append(PdfReader(io.BytesIO(content)))
    named = {name.replace("__", "."): text for name, text in values.items()}
    for page in writer.pages:
        writer.update_page_form_field_values(page, named, auto_regenerate=False)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def send(browser: FlaskClient, content: bytes, address: str = f"{EXERCISE}/returned") -> TestResponse:
    parts = (b'name="csrf_token"', b"", token_of(browser).encode()), (b'name="file"; filename="form.pdf"', b"", content)
    body = b"".join(b"--xx\r\nContent-Disposition: form-data; " + b"\r\n".join(part) + b"\r\n" for part in parts)
    return browser.post(address, data=body + b"--xx--\r\n", content_type="multipart/form-data; boundary=xx")


def take_over(browser: FlaskClient, page: str, take: Mapping[str, bool] | None = None) -> TestResponse:
    """Press the button of a page that shows what a file says; `take`: which ticks somebody changed first."""
    found = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    ticks = {name: "checked" in rest for name, rest in re.findall(r'name="take" value="([^"]+)"([^>]*)>', page)}
    chosen = [name for name, is_set in (ticks | dict(take or {})).items() if is_set]
    form = found | {"csrf_token": token_of(browser), "take": chosen}
    return browser.post(f"{EXERCISE}/returned/take-over", data=form)


def enrol(db: Session, room: Room, person: Person) -> None:
    db.add(Enrolment(cohort_id=room.cohort.id, person_id=person.id, enrolled_at=NOW))


def values_of(database: Database, attempt_id: int = 1) -> dict[str, str]:
    with database.reading() as db:
        return {name: text for name, text in written_in(db, attempt_id).values.items() if text}


# Codes


@given(
    st.builds(
        PaperCode,
        st.integers(1, 2**31 - 1),
        st.integers(1, 2**31 - 1),
        st.integers(0, 500),
        st.integers(1, 500),
        st.integers(0, 2**16 - 1),
    )
)
def test_a_code_says_what_it_was_made_for_however_it_is_typed(code: PaperCode) -> None:
    written = written_code(code, SECRET)
    assert re.fullmatch(r"([A-Z2-7]{5}-)+[A-Z2-7]{1,5}", written)
    for text in (written, written.lower(), written.replace("-", " "), f"{written}.3", written.replace("O", "0")):
        assert read_code(text, SECRET) == code


def test_nobody_makes_a_code_or_changes_one_without_the_key() -> None:
    written = written_code(CODE, SECRET)
    assert read_code(written, SECRET) == CODE
    assert read_code(written, "another") is None
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    for at, letter in enumerate(written[:-1]):
        if letter != "-":
            other = letters[(letters.index(letter) + 1) % 32]
            assert read_code(written[:at] + other + written[at + 1 :], SECRET) is None
    for text in ("", ".", "-", "MFRGG", f"{written}.x", f"{written}.0", written * 9, "二维码", "\ud800"):
        assert read_code(text, SECRET) is None


def test_a_code_is_short_enough_to_be_typed_and_has_no_name_in_it() -> None:
    assert len(written_code(CODE, SECRET)) <= 40
    assert "Bob" not in written_code(CODE, SECRET)


# Paper and screen of one person agree


def test_a_sheet_that_is_printed_first_has_the_variant_of_the_attempt_that_follows(
    database: Database, room: Room
) -> None:
    viewer = viewer_of(room.trainee)
    with database.transaction() as db:
        printed = own_paper(db, viewer, 1, "needs")
        work = start(db, room)
        assert printed.task.seed == work.attempt.seed == seed_for(room.enrolment.id, "needs", 1)
        again = own_paper(db, viewer, 1, "needs")
    assert (again.task.seed, printed.meant, again.meant) == (printed.task.seed, 1, 1)


VARIED = {
    **HIERARCHY,
    "body": "滨河客运有 {buses} 辆客车。",
    "vary": {"numbers": {"buses": {"from": 100, "to": 90_000, "shown": 86}}},
}


@pytest.fixture
def varied(database: Database, alice: Person, bob: Person) -> Room:
    """A room whose exercise has other figures for each."""
    with database.transaction() as db:
        version = publish_course(db, create_course(exercises={"needs": VARIED}), by=None, now=NOW)
        cohort = create_cohort(db, version, trainers=[alice], trainees=[bob])
        enrolment = db.scalars(select(Enrolment).where(Enrolment.cohort_id == cohort.id)).one()
        return Room(cohort, enrolment, bob, alice)


def buses(text: str) -> list[str]:
    return re.findall(r"滨河客运有\s*(\d+)\s*辆客车", text)


def test_paper_form_stack_and_screen_have_the_same_figures(
    varied: Room, client_of: Callable[[Person], FlaskClient]
) -> None:
    browser, desk = client_of(varied.trainee), client_of(varied.trainer)
    printed = {
        name: buses("".join(words_of(who.get(f"{EXERCISE}/{name}"))))
        for who, name in (
            (browser, "sheet.pdf"),
            (browser, "form.pdf"),
            (desk, "sheets.pdf"),
            (desk, "paper/1/sheet.pdf"),
        )
    }
    assert len({tuple(found) for found in printed.values()}) == 1
    ours = printed["sheet.pdf"]
    assert (len(ours), ours == ["86"]) == (1, False)
    assert buses(desk.get(f"{EXERCISE}/paper/1").text) == ours
    assert buses(browser.get(EXERCISE).text) == ours
    browser.post(EXERCISE, data={"csrf_token": token_of(browser)})
    assert buses(browser.get("/attempts/1").text) == ours
    assert buses("".join(words_of(browser.get(f"{EXERCISE}/sheet.pdf")))) == ours


def test_a_form_of_another_variant_is_refused(
    varied: Room, database: Database, client_of: Callable[[Person], FlaskClient]
) -> None:
    browser = client_of(varied.trainee)
    form = typed(downloaded(browser), reason__evidence="旧数字")
    with database.transaction() as db:
        start(db, varied).attempt.seed += 1
    refused = send(browser, form)
    assert (refused.status_code, "数字不同" in refused.text) == (422, True)


def test_seeds_differ_between_people_exercises_and_attempts_and_fit_their_column() -> None:
    seeds = {seed_for(who, slug, number) for who in range(1, 40) for slug in ("a", "b") for number in (1, 2, 3)}
    assert len(seeds) == 39 * 2 * 3
    assert all(0 < seed <= MOST_SEED < 2**63 for seed in seeds)


def test_the_stack_of_a_cohort_costs_the_same_statements_for_one_and_for_many(
    database: Database, room: Room, create_person: CreatePerson
) -> None:
    def statements() -> int:
        with database.reading() as db, statements_of(database) as seen:
            assert papers_of(db, viewer_of(room.trainer, "trainer"), 1, "needs")
        return len(seen)

    before = statements()
    people = [create_person(f"某{number}") for number in range(3)]
    with database.transaction() as db:
        for person in people:
            enrol(db, room, person)
    assert statements() == before


# Printing


def words_of(response: TestResponse) -> list[str]:
    assert (response.status_code, response.mimetype) == (200, "application/pdf")
    return [page.extract_text() for page in PdfReader(io.BytesIO(response.data)).pages]


def test_ones_own_sheet_has_ones_name_and_a_code_on_every_page_and_no_secret(browser: FlaskClient) -> None:
    pages = words_of(browser.get(f"{EXERCISE}/sheet.pdf"))
    codes = [re.findall(r"[A-Z2-7-]{20,}\.\d", page) for page in pages]
    assert [len(found) for found in codes] == [1] * len(pages)
    assert [found[0].rpartition(".")[2] for found in codes] == [str(n + 1) for n in range(len(pages))]
    assert "Bob" in pages[0]
    assert "高峰期不能抛锚" in pages[0]
    assert "SECRET" not in "".join(pages)


def test_a_cohort_is_printed_in_one_file_with_a_sheet_for_each(
    desk: FlaskClient, database: Database, room: Room, create_person: CreatePerson
) -> None:
    charlie = create_person("Charlie")
    with database.transaction() as db:
        enrol(db, room, charlie)
        save(db, start(db, room), reason__evidence="自己写的")
    pages = words_of(desk.get(f"{EXERCISE}/sheets.pdf"))
    assert [name for page in pages for name in ("Bob", "Charlie") if f"姓名{name}" in re.sub(r"\s", "", page)] == [
        "Bob",
        "Charlie",
    ]
    assert "自己写的" not in "".join(pages)


def test_an_answer_is_printed_for_whoever_wrote_it_and_for_their_trainer(
    browser: FlaskClient, desk: FlaskClient, database: Database, room: Room
) -> None:
    with database.transaction() as db:
        work = start(db, room)
        save(db, work, level__uptime="primary", reason__evidence="高峰期停一天就少三万")
        hand_in(db, room, work)
    for who in (browser, desk):
        assert "高峰期停一天就少三万" in "".join(words_of(who.get("/attempts/1/answer.pdf")))


def test_one_exercise_of_a_course_is_printed_blank_or_with_its_key(
    app: Flask, desk: FlaskClient, browser: FlaskClient
) -> None:
    for picture in (RING, HIDDEN):
        app.extensions["files"].keep(picture)
    blank = "".join(words_of(desk.get("/courses/leads/worksheets.pdf?exercise=needs")))
    key = "".join(words_of(desk.get("/courses/leads/answer-key.pdf?exercise=needs")))
    assert ("高峰期不能抛锚" in blank, "SECRET" in blank, "SECRET-why-1" in key) == (True, False, True)
    assert browser.get("/courses/leads/answer-key.pdf?exercise=needs").status_code == 404
    assert desk.get("/courses/leads/worksheets.pdf?exercise=nothing").status_code == 404
    assert desk.get("/courses/leads/handbook.pdf?exercise=needs").status_code == 404


# Where a scan leads


def code_on(content: bytes) -> str:
    return form_values(content)["_copy"]


def test_a_scan_leads_each_to_what_is_theirs_and_others_nowhere(
    browser: FlaskClient,
    desk: FlaskClient,
    charlie: Person,
    client_of: Callable[[Person], FlaskClient],
    client: FlaskClient,
) -> None:
    address = f"/p/{code_on(downloaded(browser))}.2"
    assert browser.get(address).location == EXERCISE
    assert desk.get(address).location == f"{EXERCISE}/paper/1"
    assert client_of(charlie).get(address).status_code == 404
    assert client.get(address).status_code == 302
    assert browser.get(f"{address[:-4]}AA.2").status_code == 404


# Forms that come back


def test_a_filled_form_is_shown_first_and_then_taken_over(browser: FlaskClient, database: Database, room: Room) -> None:
    text = "滨河𠮷客运😀\n第二行"
    sent = typed(downloaded(browser), level__uptime="/primary", sales_related__uptime="/yes", reason__evidence=text)
    page = send(browser, sent)
    assert page.status_code == 200
    assert "主要需求" in page.text
    with database.reading() as db:
        assert db.scalars(select(Attempt)).all() == []
    done = take_over(browser, page.text)
    assert (done.status_code, done.location) == (303, "/attempts/1")
    assert values_of(database) == {"level.uptime": "primary", "sales_related.uptime": "yes", "reason.evidence": text}
    with database.reading() as db:
        assert len(db.scalars(select(AnswerChange)).all()) == 1


def test_taking_over_twice_keeps_one_change(browser: FlaskClient, database: Database) -> None:
    page = send(browser, typed(downloaded(browser), reason__evidence="一次"))
    assert [take_over(browser, page.text).status_code for _ in range(2)] == [303, 303]
    with database.reading() as db:
        texts = [change.fields for change in db.scalars(select(AnswerChange))]
    assert {tuple(fields.items()) for fields in texts} == {(("reason.evidence", "一次"),)}
    assert values_of(database) == {"reason.evidence": "一次"}


def test_what_was_left_alone_in_the_file_takes_nothing_back_that_was_written_since(
    browser: FlaskClient, database: Database, room: Room
) -> None:
    with database.transaction() as db:
        save(db, start(db, room), reason__evidence="下载前")
    form = downloaded(browser)
    with database.transaction() as db:
        work = own_work(db, viewer_of(room.trainee), 1, to_change=True)
        save(db, work, base=1, reason__evidence="下载后又改过")
    page = send(browser, typed(form, level__uptime="/primary"))
    assert "下载后又改过" not in page.text
    take_over(browser, page.text)
    assert values_of(database) == {"reason.evidence": "下载后又改过", "level.uptime": "primary"}


def test_where_file_and_page_were_both_changed_somebody_chooses(
    browser: FlaskClient, database: Database, room: Room
) -> None:
    with database.transaction() as db:
        save(db, start(db, room), reason__evidence="当时的")
    form = downloaded(browser)
    with database.transaction() as db:
        save(db, own_work(db, viewer_of(room.trainee), 1, to_change=True), base=1, reason__evidence="网页上的")
    page = send(browser, typed(form, reason__evidence="文件里的")).text
    assert all(text in page for text in ("当时的", "网页上的", "文件里的"))
    take_over(browser, page)
    assert values_of(database) == {"reason.evidence": "网页上的"}
    take_over(browser, page, {"reason.evidence": True})
    assert values_of(database) == {"reason.evidence": "文件里的"}


def test_what_was_saved_while_the_page_lay_open_is_kept_beside_it(
    browser: FlaskClient, database: Database, room: Room
) -> None:
    page = send(browser, typed(downloaded(browser), reason__evidence="文件里的")).text
    with database.transaction() as db:
        save(db, start(db, room), reason__evidence="刚写的")
    assert take_over(browser, page).status_code == 303
    with database.reading() as db:
        written = written_in(db, 1)
    assert written.values["reason.evidence"] == "刚写的"
    assert [conflict.other for conflict in written.conflicts] == ["文件里的"]
    assert "文件里的" in browser.get("/attempts/1").text


def test_forms_of_others_exercises_and_versions_are_refused_with_a_way_out(
    browser: FlaskClient, desk: FlaskClient, database: Database, room: Room, create_person: CreatePerson
) -> None:
    with database.transaction() as db:
        enrol(db, room, create_person("Dora"))
    theirs = send(browser, typed(downloaded(desk, f"{EXERCISE}/paper/2/form.pdf"), reason__evidence="别人的"))
    assert (theirs.status_code, "另一位学员" in theirs.text) == (422, True)
    old = typed(downloaded(browser), reason__evidence="旧版")
    forged = typed(old, _copy=code_on(old)[:-2] + "AA")
    assert [send(browser, each).status_code for each in (forged, b"%PDF-1.7 broken", b"")] == [422, 422, 422]
    assert "编码被改动过" in send(browser, forged).text
    with database.transaction() as db:
        newer = publish_course(db, create_course(title="线索与需求，新版"), by=None, now=NOW)
        db.scalars(select(Cohort).where(Cohort.id == room.cohort.id)).one().version_id = newer.id
    refused = send(browser, old)
    assert (refused.status_code, "另一个版本" in refused.text) == (422, True)
    assert "旧版" not in refused.text
    assert values_of(database) == {}


def test_after_handing_in_a_file_changes_nothing(browser: FlaskClient, database: Database, room: Room) -> None:
    with database.transaction() as db:
        work = start(db, room)
        save(db, work, reason__evidence="交了")
    form = typed(downloaded(browser), reason__evidence="还想改")
    page = send(browser, form).text
    with database.transaction() as db:
        hand_in(db, room, own_work(db, viewer_of(room.trainee), 1, to_change=True))
    assert send(browser, form).status_code == 422
    assert take_over(browser, page).status_code == 422
    assert values_of(database) == {"reason.evidence": "交了"}


@pytest.mark.parametrize(
    ("window", "says"),
    [
        (Window(NOW + timedelta(days=1), None), "还没有开放"),
        (Window(None, NOW - timedelta(days=1)), "已截止"),
        (Window(None, None, 20), "请先开始"),
    ],
)
def test_nobody_has_the_questions_before_they_may_begin_or_their_minutes_count(
    browser: FlaskClient, desk: FlaskClient, database: Database, room: Room, *, window: Window, says: str
) -> None:
    form = downloaded(browser)
    with database.transaction() as db:
        cohort = db.get_one(Cohort, room.cohort.id)
        set_times(db, cohort, {"needs": window}, by=room.trainer.id, now=NOW)
    for address in (f"{EXERCISE}/sheet.pdf", f"{EXERCISE}/form.pdf"):
        refused = browser.get(address)
        assert (refused.status_code, refused.mimetype, says in refused.text) == (422, "text/html", True)
    assert send(browser, form).status_code == 422
    assert "form.pdf" not in browser.get(EXERCISE).text
    assert desk.get(f"{EXERCISE}/sheets.pdf").mimetype == "application/pdf"  # for whoever prints them for the room
    if window.minutes:
        with database.transaction() as db:
            start(db, room)
        downloaded(browser)


def test_a_trainer_gets_the_file_into_the_form_for_entering_paper(
    browser: FlaskClient, desk: FlaskClient, database: Database
) -> None:
    sent = typed(downloaded(browser), level__uptime="/primary", reason__evidence="交给老师的")
    page = send(desk, sent, f"{EXERCISE}/paper/1/returned")
    assert (page.status_code, "交给老师的" in page.text) == (200, True)
    with database.reading() as db:
        assert db.scalars(select(AnswerChange)).all() == []
    refused = send(desk, b"no pdf", f"{EXERCISE}/paper/1/returned")
    assert refused.status_code == 422
