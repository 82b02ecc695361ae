"""The pages of an attempt: what they promise, what they keep, what they say afterwards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction
from types import SimpleNamespace
from typing import Any, cast

import pytest
from flask.testing import FlaskClient

from app import clock
from app.accounts.models import Person
from app.assessment.marks import add_marking
from app.assessment.models import Assignment, Attempt
from app.assessment.policies import what_is_missing, when_seen, who_marks
from app.assessment.queries import changes_since, own_work, written_in
from app.assessment.rules import GRACE, Result, rubric_marking
from app.assessment.writing import Change, fold, stale_fields
from app.db import Database
from app.exercises import Spec
from app.words import in_words
from tests.assessment.samples import create_room, start, viewer_of
from tests.conftest import NOW, statements_of, token_of

EXERCISE = "/cohorts/1/exercises/needs"


@pytest.fixture
def bobs(database: Database, alice: Person, bob: Person, client_of: Callable[[Person], FlaskClient]) -> FlaskClient:
    """Bob's browser; attempt 1 is his."""
    with database.transaction() as db:
        start(db, create_room(db, bob, alice))
    return client_of(bob)


def post(browser: FlaskClient, path: str = "", **form: str) -> Any:
    return browser.post(f"/attempts/1{path}", data={"csrf_token": token_of(browser), **form})


def limit(database: Database, **times: object) -> None:
    with database.transaction() as db:
        for name, value in times.items():
            setattr(db.get_one(Assignment, 1), name, value)


def a_change(number: int, client: str, fields: dict[str, str], **over: Any) -> Change:
    told = {"seq": number, "base": 0, "stale": (), "at": NOW, **over}
    return Change(number, client, fields=fields, **told)


def test_a_page_that_goes_on_over_a_conflict_does_not_hide_the_other_text() -> None:
    saved = [a_change(1, "phone", {"a": "一"}), a_change(2, "laptop", {"a": "二"}, stale=("a",))]
    assert stale_fields({"a": "二二"}, saved, client="laptop", seq=3) == ("a",)
    written = fold([*saved, a_change(3, "laptop", {"a": "二二"}, stale=("a",))])
    assert [(each.stands, each.other) for each in written.conflicts] == [("一", "二二")]


def test_a_save_that_was_overtaken_by_a_later_one_of_its_page_changes_nothing() -> None:
    late = [a_change(1, "phone", {"a": "新"}, seq=8), a_change(2, "phone", {"a": "旧", "b": "乙"}, seq=7)]
    assert fold(late).values == {"a": "新", "b": "乙"}
    in_turn = [a_change(1, "phone", {"a": "旧"}, seq=7), a_change(2, "phone", {"a": "新"}, seq=8)]
    assert fold(in_turn).values == {"a": "新"}


def test_before_the_start_the_page_says_what_is_coming(bobs: FlaskClient) -> None:
    page = bobs.get(f"{EXERCISE}?again=").text
    for said in ("25 分钟", "6 分", "独立完成", "其余由讲师批改", "只有一次作答", "滨河客运", "开始"):
        assert said in page
    assert "SECRET" not in page


@pytest.mark.parametrize(
    ("times", "said"),
    [
        ({"opens_at": timedelta(days=1)}, "这份练习 "),
        ({"closes_at": timedelta(seconds=-1)}, "这份练习已截止"),
    ],
)
def test_what_is_not_open_cannot_be_begun(
    bobs: FlaskClient, database: Database, times: dict[str, timedelta], said: str
) -> None:
    limit(database, **{name: clock.now() + offset for name, offset in times.items()})
    page = bobs.get(f"{EXERCISE}?again=").text
    assert (said in page, "开始</button>" in page) == (True, False)


def test_the_sheet_says_what_is_saved_and_by_whom_it_may_be_written(bobs: FlaskClient, bob: Person) -> None:
    page = bobs.get("/attempts/1").text
    assert ("还没有存过" in page, f'data-person="{bob.id}"' in page, 'data-base="0"' in page) == (True, True, True)
    post(bobs, client="page", base="0", **{"reason.evidence": "依据"})
    page = bobs.get("/attempts/1").text
    assert ("已保存 " in page, 'data-base="1"' in page, 'data-unsaved="[]"' in page) == (True, True, True)


def test_a_refused_form_knows_no_more_than_before_and_names_what_is_unsaved(bobs: FlaskClient) -> None:
    post(bobs, client="phone", base="0", **{"reason.evidence": "另一页"})
    refused = post(bobs, client="page", base="0", **{"reason.evidence": "这一页\x07"})
    assert refused.status_code == 422
    assert 'name="base" value="0"' in refused.text
    assert 'data-unsaved="[&#34;reason.evidence&#34;]"' in refused.text
    again = post(bobs, client="page", base="0", **{"reason.evidence": "这一页"})
    assert (again.status_code, "另一页" in again.text, "这一页" in again.text) == (409, True, True)


def test_a_form_that_came_too_late_comes_back_with_its_text(bobs: FlaskClient, database: Database) -> None:
    limit(database, closes_at=clock.now() - GRACE)
    for path, status in (("", 200), ("/check", 200), ("/hand-in", 422)):
        response = post(bobs, path, client=f"page{status}{path[1:]}", base="0", **{"reason.evidence": "晚了一步"})
        assert (response.status_code, "晚了一步" in response.text, "到得晚了" in response.text) == (status, True, True)
        with database.reading() as db:
            assert written_in(db, 1).values == {}
            assert all(change.late for change in changes_since(db, 1))


def test_a_closed_sheet_is_shown_and_cannot_be_written_on(bobs: FlaskClient, database: Database) -> None:
    post(bobs, client="page", base="0", **{"reason.evidence": "之前写的"})
    limit(database, closes_at=clock.now() - GRACE)
    page = bobs.get("/attempts/1").text
    assert ("之前写的" in page, "已截止" in page, 'name="reason.evidence"' in page, "autosave-form" in page) == (
        True,
        True,
        False,
        False,
    )
    assert "/attempts/1/hand-in" not in bobs.get("/attempts/1/check").text


def test_the_check_counts_and_links_to_what_is_there(bobs: FlaskClient) -> None:
    post(bobs, client="page", base="0", **{"reason.evidence": "依据"})
    page = bobs.get("/attempts/1/check").text
    assert "共 3 题，已答 1 题" in page
    sheet = bobs.get("/attempts/1").text
    for name in ("level.uptime", "level.seats"):
        assert (f"#{name}" in page, f'id="{name}"' in sheet) == (True, True)


def test_a_conflict_is_offered_on_the_sheet_and_on_the_check(bobs: FlaskClient) -> None:
    post(bobs, client="phone", base="0", **{"reason.evidence": "<b>一</b>"})
    post(bobs, client="laptop", base="0", **{"reason.evidence": "二"})
    for path in ("/attempts/1", "/attempts/1/check"):
        page = bobs.get(path).text
        assert 'data-clash="reason.evidence"' in page
        assert ("&lt;b&gt;一" in page, "<b>一" in page) == (True, False)


def test_after_handing_in_the_page_says_what_is_marked_and_what_waits(bobs: FlaskClient, database: Database) -> None:
    post(bobs, client="page", base="0", **{"level.uptime": "primary", "sales_related.uptime": "yes"})
    post(bobs, "/hand-in")
    page = bobs.get("/attempts/1").text
    assert ("– / 6" in page, "讲师还没有批改完" in page, "还没有批" in page) == (True, True, True)
    with database.transaction() as db:
        work = own_work(db, viewer_of(db.get_one(Person, _trainee(database))), 1)
        parts = rubric_marking([Fraction(2)])
        add_marking(db, work, "trainer", by=None, now=NOW, earned=Fraction(2), parts=parts, comment="依据<很>清楚")
    page = bobs.get("/attempts/1").text
    assert ("已批改" in page, "依据&lt;很&gt;清楚" in page, "讲师还没有批改完" in page) == (True, True, False)
    assert "SECRET-note" not in page


def test_what_is_revised_says_why_above_the_sheet_and_waits_for_no_mark_below(
    bobs: FlaskClient, alice: Person, client_of: Callable[[Person], FlaskClient]
) -> None:
    post(bobs, client="page", base="0", **{"level.uptime": "primary"})
    post(bobs, "/hand-in")
    alices = client_of(alice)
    given = {"csrf_token": token_of(alices), "reason": "依据<再>写一条"}
    assert alices.post("/marking/1/return", data=given).status_code == 303
    sheet, old = bobs.get("/attempts/2").text, bobs.get("/attempts/1").text
    assert ("依据&lt;再&gt;写一条" in sheet, 'href="/attempts/1"' in sheet) == (True, True)
    assert ("依据&lt;再&gt;写一条" in old, "讲师还没有批改完" in old, "还没有批" in old) == (True, False, False)


def _trainee(database: Database) -> int:
    with database.reading() as db:
        return next(person.id for person in db.query(Person) if person.display_name == "Bob")


def test_an_attempt_that_was_given_back_leads_to_the_newest(bobs: FlaskClient, database: Database) -> None:
    post(bobs, "/hand-in")
    with database.transaction() as db:
        returned = db.get_one(Attempt, 1)
        returned.returned_at, returned.return_reason = NOW, "请补上依据"
    start_again = bobs.post(EXERCISE, data={"csrf_token": token_of(bobs)})
    assert start_again.headers["Location"] == "/attempts/2"
    page = bobs.get("/attempts/1").text
    assert ("请补上依据" in page, 'href="/attempts/2"' in page, "继续第 2 次作答" in page) == (True, True, True)


def test_the_outcome_takes_few_statements_however_many_attempts(bobs: FlaskClient, database: Database) -> None:
    counts = []
    for number in (1, 2, 3):
        bobs.post(f"/attempts/{number}/hand-in", data={"csrf_token": token_of(bobs)})
        with statements_of(database) as seen:
            assert bobs.get(f"/attempts/{number}").status_code == 200
        counts.append(len(seen))
        with database.transaction() as db:
            db.get_one(Attempt, number).returned_at = NOW
        bobs.post(EXERCISE, data={"csrf_token": token_of(bobs)})
    assert counts[0] == counts[2] <= 8


def spec(**over: Any) -> Spec:
    head = {"marking": ("key",), "rubric": (), "points": Fraction(4), "feedback": "on_hand_in"}
    return cast("Spec", SimpleNamespace(**{**head, **over}))


@pytest.mark.parametrize(
    ("over", "marks", "seen"),
    [
        ({}, "marked at once", "when you hand in."),
        ({"marking": ("key", "trainer"), "rubric": (1,)}, "the rest by your trainer", "your trainer's marks"),
        ({"marking": ("trainer",), "rubric": (1,), "feedback": "on_release"}, "Your trainer marks it", "has released"),
        ({"marking": ("key", "peer"), "rubric": (1,)}, "the rest by others of your cohort", "everybody who marks it"),
        ({"marking": ("observer",), "rubric": (1,)}, "Others of your cohort mark it", "everybody who marks it"),
        ({"marking": ("key", "peer", "trainer"), "rubric": (1,)}, "your trainer and others", "everybody who marks"),
        ({"marking": ("peer", "trainer"), "rubric": (1,)}, "Your trainer and others", "everybody who marks it"),
        ({"feedback": "after_close"}, "marked at once", "has closed"),
        ({"marking": ("none",), "points": Fraction(0)}, "Nobody marks", ""),
    ],
)
def test_promises_follow_from_the_head_of_the_exercise(over: dict[str, Any], marks: str, seen: str) -> None:
    asked = spec(**over)
    told = when_seen(asked)
    assert marks in in_words(who_marks(asked), "en")
    assert (seen in in_words(told, "en")) if told else not seen


def test_nothing_is_missing_once_everything_is_marked() -> None:
    assert what_is_missing(spec(), Result(possible=Fraction(4), earned=Fraction(3))) is None
    assert what_is_missing(spec(), None) == when_seen(spec())
