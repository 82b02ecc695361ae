"""The fast desk as a browser without script gets it, and what it keeps: reservations, the same answers, undo, locks."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app import clock
from app.accounts.models import Audit, Person
from app.assessment.models import Assignment, Attempt, AttemptMember
from app.assessment.queries import trained_work
from app.cohorts.models import Cohort, Enrolment
from app.db import Database
from app.errors import UserError
from app.fastdesk.alike import digest_of, same_text
from app.marking import claims, second
from app.marking.actions import MarkedMeanwhile, mark_attempt
from app.marking.anonymous import numbers_of
from app.marking.models import Claim, Phrase
from app.marking.queries import markings_of
from app.marking.second import compared
from app.marking.undo import undo_marking
from tests.assessment.samples import viewer_of
from tests.conftest import NOW, statements_of, token_of
from tests.fastdesk.several import (
    LINE,
    TWO,
    ZERO,
    answer_in,
    create_class,
    given_to,
    join_class,
    mark_by,
    post,
    saved_in,
    waiting,
)
from tests.timing import quickly


def test_two_who_mark_never_get_the_same_answer_nor_one_that_says_the_same(
    desk: FlaskClient, other: FlaskClient, attempts: list[int]
) -> None:
    first, second_, third, fourth, fifth = attempts
    assert (answer_in(post(desk, "/next")), answer_in(post(other, "/next"))) == (first, third)
    assert answer_in(post(other, "/next", after=third)) == fifth
    assert answer_in(post(other, "/next", answer=second_)) == second_, "the page is shown"
    page = other.get(f"{LINE}?answer={second_}").text
    assert "Alice" in page
    assert answer_in(post(desk, "/next", after=first, leave=[first, second_])) == 0, "Amir is at all the others"
    assert answer_in(post(other, "/next", leave=[third, fourth], after=fifth)) == first


def test_a_reservation_ends_and_is_kept_by_who_stays(
    desk: FlaskClient, other: FlaskClient, database: Database, attempts: list[int]
) -> None:
    first = answer_in(post(desk, "/next"))
    with database.transaction() as db:
        for row in db.scalars(select(Claim)):
            row.until = clock.now() + timedelta(seconds=1)
    assert post(desk, "/stay").status_code == 204
    with database.reading() as db:
        assert {row.until > clock.now() + claims.LASTS / 2 for row in db.scalars(select(Claim))} == {True}
    assert answer_in(post(other, "/next")) != first
    assert post(desk, "/stay", leave=attempts).status_code == 204
    assert answer_in(post(other, "/next", after=attempts[-1])) == first


def test_what_another_is_at_is_not_marked_and_what_was_typed_stays(
    desk: FlaskClient, other: FlaskClient, database: Database, attempts: list[int]
) -> None:
    post(desk, "/next")
    response = post(other, answer=attempts[0], criterion__0="2", comment="依据够了", seen="0")
    assert response.status_code == 409
    for shown in ("Alice", "依据够了", 'data-points="2" checked'):
        assert shown in response.text
    assert given_to(database, attempts[0]) == []


def test_the_same_answers_are_marked_once_and_taken_back_together(
    desk: FlaskClient, database: Database, attempts: list[int]
) -> None:
    first, same, *_ = attempts
    assert answer_in(post(desk, "/next")) == first
    assert f'name="alike" value="{same}"' in desk.get(f"{LINE}?answer={first}").text
    response = post(desk, answer=first, alike=[same], criterion__0="2", comment="好", seen="0")
    assert (answer_in(response), waiting(database)) == (attempts[2], 3)
    assert (given_to(database, first), given_to(database, same)) == ([2], [2])
    for _ in range(2):  # doing it twice does it once
        assert answer_in(post(desk, "/undo", marking=saved_in(response))) == first
        assert (given_to(database, first), given_to(database, same)) == ([2, None], [2, None])
    assert waiting(database) == 5
    assert ">好</textarea>" in desk.get(f"{LINE}?answer={first}").text, "what was written is there for the next try"


def test_only_what_says_the_same_is_marked_with_it_whatever_is_sent(
    desk: FlaskClient, database: Database, attempts: list[int]
) -> None:
    post(desk, "/next")
    post(desk, answer=attempts[0], alike=attempts, criterion__0="2", seen="0")
    assert [len(given_to(database, each)) for each in attempts] == [1, 1, 0, 0, 0]


def test_of_the_same_answers_what_another_marked_meanwhile_stays(
    desk: FlaskClient, database: Database, attempts: list[int], amir: Person
) -> None:
    first, same, *_ = attempts
    post(desk, "/next")
    mark_by(database, amir, same, ZERO)
    response = post(desk, answer=first, alike=[same], criterion__0="2", seen="0")
    assert "left=1" in response.location
    assert (given_to(database, first), given_to(database, same)) == ([2], [0])


def test_one_by_one_where_somebody_likes_it_so(desk: FlaskClient, database: Database, attempts: list[int]) -> None:
    desk.post("/marking/choice", data={"csrf_token": token_of(desk)})
    first = answer_in(post(desk, "/next"))
    assert 'name="alike"' not in desk.get(f"{LINE}?answer={first}").text
    post(desk, answer=first, alike=[attempts[1]], criterion__0="2", seen="0")
    assert (len(given_to(database, first)), len(given_to(database, attempts[1]))) == (1, 0)


def test_marks_of_another_meanwhile_are_shown_and_not_written_over(
    desk: FlaskClient, database: Database, attempts: list[int], amir: Person
) -> None:
    mark_by(database, amir, attempts[4], ZERO)
    response = post(desk, answer=attempts[4], criterion__0="2", comment="够了", seen="0")
    assert response.status_code == 409
    for shown in ("Amir", "够了", 'data-points="2" checked'):
        assert shown in response.text
    assert given_to(database, attempts[4]) == [0]


def test_what_is_taken_back_lets_stand_what_stood_before(
    desk: FlaskClient, database: Database, attempts: list[int], amir: Person, alice: Person
) -> None:
    mark_by(database, amir, attempts[4], ZERO)
    with database.reading() as db:
        seen = markings_of(db, attempts[4])[-1].id
    marked = post(desk, answer=attempts[4], criterion__0="2", seen=seen)
    post(desk, "/undo", marking=saved_in(marked))
    assert given_to(database, attempts[4]) == [0, 2, 0]
    with database.transaction() as db, pytest.raises(MarkedMeanwhile):
        undo_marking(db, viewer_of(amir, "trainer"), seen, now=NOW)
    assert post(desk, "/undo", marking=seen).status_code == 404, "it was not hers"


def test_final_marks_are_changed_by_nobody_before_they_are_opened_with_a_reason(
    desk: FlaskClient, database: Database, attempts: list[int]
) -> None:
    marked = post(desk, answer=attempts[4], criterion__0="2", seen="0")
    for _ in range(2):
        assert post(desk, "/final", final="yes").status_code == 303
    assert post(desk, answer=attempts[0], criterion__0="2", seen="0").status_code == 422
    assert post(desk, "/undo", marking=saved_in(marked)).status_code == 422
    for path in ("", "/override", "/take-back", "/return"):
        form = {"csrf_token": token_of(desk), "criterion-0": "2", "points": "3", "reason": "口头", "seen": "99"}
        response = desk.post(f"/marking/{attempts[0]}{path}", data=form)
        assert (path, response.status_code) in {(path, 422), ("/take-back", 422)}
    assert "data-marks" not in desk.get(f"{LINE}?answer={attempts[0]}").text
    assert (given_to(database, attempts[0]), given_to(database, attempts[4])) == ([], [2])
    assert post(desk, "/final", reason=" ").status_code == 422
    assert post(desk, "/final", reason="录错一人").status_code == 303
    assert post(desk, answer=attempts[0], criterion__0="2", seen="0").status_code == 303
    with database.reading() as db:
        assert db.scalars(select(Assignment.final_at)).one() is None
        told = db.scalars(select(Audit).where(Audit.action.in_(("marks-final", "marks-opened")))).all()
        assert [row.details.get("reason") for row in told] == [None, "录错一人"]


def test_a_second_marker_sees_nothing_of_the_first_and_both_are_compared(
    desk: FlaskClient, other: FlaskClient, database: Database, attempts: list[int], alice: Person
) -> None:
    post(desk, answer=attempts[4], criterion__0="2", comment="SECRET-first", seen="0")
    assert answer_in(post(desk, "/next", second="1")) == 0, "one's own are not marked a second time"
    assert answer_in(post(other, "/next", second="1")) == attempts[4]
    page = other.get(f"{LINE}?answer={attempts[4]}&second=1").text
    assert "SECRET-first" not in page
    assert 'data-points="2" checked' not in page
    assert post(other, second="1", answer=attempts[4], criterion__0="0", comment="再想想", seen="0").status_code == 303
    assert (given_to(database, attempts[4]), given_to(database, attempts[4], "second")) == ([2], [0])
    assert waiting(database) == 4
    page = desk.get(f"{LINE}/second").text
    for shown in ("Alice", "Amir", "−2"):
        assert shown in page
    with database.reading() as db:
        found = compared(markings_of(db, attempts[4]))
    assert found is not None
    assert found.standing == "differs"
    assert found.gap == -2
    assert post(desk, "/second", answer=attempts[4], word="second", seen="0").status_code == 409
    for _ in range(2):
        assert post(desk, "/second", answer=attempts[4], word="second", seen=found.first.id).status_code == 303
    assert given_to(database, attempts[4]) == [2, 0]
    assert "Amir" in desk.get(f"/marking/{attempts[4]}").text


def test_who_marked_first_is_no_second_marker(database: Database, attempts: list[int], alice: Person) -> None:
    with database.begin(writes=True) as db:
        work = trained_work(db, viewer_of(alice, "trainer"), attempts[0])
        with pytest.raises(UserError, match="Nobody has marked"):
            second.mark_second(db, work, TWO, comment="", seen=0, by=alice.id, now=NOW)
        mark_attempt(db, work, TWO, comment="", seen=0, by=alice.id, now=NOW)
        with pytest.raises(UserError, match="yourself"):
            second.mark_second(db, work, TWO, comment="", seen=0, by=alice.id, now=NOW)


def test_numbers_stand_everywhere_in_place_of_names(desk: FlaskClient, database: Database, attempts: list[int]) -> None:
    post(desk, answer=attempts[0], criterion__0="2", seen="0")
    pages = ("/marking", "/marking/lately", LINE, f"{LINE}?answer={attempts[1]}", f"/marking/{attempts[1]}")
    assert all("学员00" in desk.get(path).text for path in (*pages, f"{LINE}/second")[:-1])
    desk.post("/marking/choice", data={"csrf_token": token_of(desk), "hides_names": "yes", "groups_alike": "yes"})
    for path in pages:
        page = desk.get(path).text
        assert "学员0" not in page, path
        assert re.search(r"\d{3} 号", page), path
    assert "学员0" not in desk.get(f"{LINE}?answer={attempts[1]}&part=1").text


def test_a_group_whose_first_member_left_has_one_number(
    desk: FlaskClient, database: Database, attempts: list[int]
) -> None:
    desk.post("/marking/choice", data={"csrf_token": token_of(desk), "hides_names": "yes"})
    with database.transaction() as db:
        first, second_ = db.scalars(
            select(AttemptMember).where(AttemptMember.attempt_id.in_(attempts[:2])).order_by(AttemptMember.attempt_id)
        )
        db.get_one(Attempt, second_.attempt_id).returned_at = NOW
        second_.attempt_id = first.attempt_id
        db.get_one(Enrolment, first.enrolment_id).withdrawn_at = NOW
    listed = re.search(rf'value="{attempts[0]}"[^>]*><span>(\d+ 号)', desk.get(LINE).text)
    assert listed
    titles = [desk.get(path).text for path in (f"{LINE}?answer={attempts[0]}", f"/marking/{attempts[0]}", "/marking")]
    assert [listed[1] in page for page in titles] == [True] * 3
    assert [f"<title>{listed[1]}" in page for page in titles[:2]] == [True] * 2


def test_with_numbers_the_next_is_the_next_number(desk: FlaskClient, attempts: list[int]) -> None:
    desk.post("/marking/choice", data={"csrf_token": token_of(desk), "hides_names": "yes"})
    line = [int(each) for each in re.findall(r'data-row="(\d+)"', desk.get(LINE).text)]
    assert sorted(line) == attempts
    sent = {"csrf_token": token_of(desk), "criterion-0": "2", "seen": "0", "then": "next"}
    assert [desk.post(f"/marking/{each}", data=sent).location for each in line[:-1]] == [
        f"/marking/{each}" for each in line[1:]
    ]


@given(st.sets(st.integers(1, 10_000), min_size=1, max_size=300), st.integers(10_001, 20_000))
def test_a_number_is_given_once_and_stays_when_others_join(people: set[int], late: int) -> None:
    before = numbers_of(3, "needs", tuple(sorted(people)))
    after = numbers_of(3, "needs", tuple(sorted({*people, late})))
    assert len(set(after.values())) == len(after)
    assert {each: after[each] for each in before} == before


def test_phrases_are_ones_own_and_the_most_used_stands_first(
    desk: FlaskClient, other: FlaskClient, database: Database, attempts: list[int]
) -> None:
    for text in ("依据再写具体", "时间写清楚", "依据再写具体", " "):
        post(desk, "/phrases", text=text, next=LINE)
    with database.reading() as db:
        ids = {row.text: row.id for row in db.scalars(select(Phrase))}
    assert len(ids) == 2
    post(desk, answer=attempts[4], criterion__0="2", comment="好。", phrase=[ids["时间写清楚"]], seen="0")
    page = desk.get(f"{LINE}?answer={attempts[0]}").text
    assert page.index("时间写清楚") < page.index("依据再写具体")
    with database.reading() as db:
        assert markings_of(db, attempts[4])[-1].mark.comment == "好。\n时间写清楚"
    assert "时间写清楚" not in other.get(f"{LINE}?answer={attempts[0]}").text
    post(other, "/phrases", forget=ids["时间写清楚"])
    post(desk, "/phrases", forget=ids["依据再写具体"])
    with database.reading() as db:
        assert [row.text for row in db.scalars(select(Phrase))] == ["时间写清楚"]


def test_what_says_the_same() -> None:
    assert same_text("　ＡＢ\n 会 ") == same_text("AB 会")
    assert digest_of("s", {"a": "x", "b": " "}) == digest_of("s", {"a": "x "})
    different = [("s", {"a": "x"}), ("t", {"a": "x"}), ("s", {"b": "x"}), ("s", {"a": "10²"}), ("s", {"a": "102"})]
    assert len({digest_of(sheet, values) for sheet, values in different}) == len(different)


def test_all_that_waits_of_one_person(desk: FlaskClient, database: Database, attempts: list[int]) -> None:
    with database.reading() as db:
        wanted = select(AttemptMember.enrolment_id).where(AttemptMember.attempt_id == attempts[2])
        enrolment = db.scalars(wanted).one()
    line = f"/cohorts/1/people/{enrolment}/mark"
    response = desk.post(f"{line}/next", data={"csrf_token": token_of(desk)})
    assert (answer_in(response), line in response.location) == (attempts[2], True)
    form = {"csrf_token": token_of(desk), "answer": attempts[2], "criterion-0": "2", "seen": "0"}
    assert answer_in(desk.post(line, data=form)) == 0
    assert (given_to(database, attempts[2]), waiting(database)) == ([2], 4)


def test_a_line_of_two_hundred_costs_as_many_statements_as_one_of_two(
    database: Database, alice: Person, client_of: Callable[[Person], FlaskClient]
) -> None:
    with database.transaction() as db:
        cohort, _ = create_class(db, [alice], 2)
    desk = client_of(alice)

    def costs() -> list[int]:
        first = answer_in(post(desk, "/next", leave=range(1, 300)))
        found = []
        for path in (LINE, f"{LINE}?answer={first}", f"{LINE}?answer={first}&part=1", f"{LINE}/second"):
            desk.get(path)
            with statements_of(database) as seen:
                assert desk.get(path).status_code == 200
            found.append(len(seen))
        with statements_of(database) as seen:
            post(desk, answer=first, criterion__0="2", seen="0")
        return [*found, len(seen)]

    before = costs()
    with database.transaction() as db:
        join_class(db, db.get_one(Cohort, cohort.id), 198)
    assert costs() == before
    assert max(before) <= 40
    assert quickly(1, lambda: desk.get(LINE)).status_code == 200
