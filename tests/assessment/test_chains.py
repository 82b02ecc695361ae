"""Chains: what an attempt takes over from earlier answers of the same person, and what has changed since."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Audit, Person
from app.assessment import actions
from app.assessment.actions import Save
from app.assessment.chains import news_for, take_over
from app.assessment.models import Attempt
from app.assessment.queries import Work, own_task, own_work, written_in
from app.assessment.writing import Written
from app.catalogue.actions import publish_course
from app.db import Database
from app.documents.blocks import Panel
from app.documents.html import to_html
from app.errors import UserError
from app.exercises.carried import Difference
from app.marking.actions import give_back
from tests.assessment.course_samples import CHOICE, FORM, course_with, room_on, room_with
from tests.assessment.samples import Room, hand_in, viewer_of, work_of
from tests.conftest import NOW, statements_of, token_of

CARRYING: dict[str, Any] = {
    **CHOICE,
    "title": "接着做",
    "attempts": 3,
    "carries": [{"from": "customer", "fields": ["name", "size"], "label": "你填过的客户"}],
}
CUSTOMER: dict[str, Any] = {**FORM, "attempts": 3}
NO_TABLE = {"table": "", "row": "", "column": ""}
EXERCISES = {"customer": CUSTOMER, "goal": CARRYING}


@pytest.fixture
def room(db: Session, bob: Person, alice: Person, charlie: Person) -> Room:
    return room_with(db, bob, alice, EXERCISES)


def begin(db: Session, room: Room, exercise: str, *, days: int = 0) -> Work:
    now = NOW + timedelta(days=days)
    task = own_task(db, viewer_of(room.trainee), room.cohort.id, exercise)
    return work_of(db, room, actions.start_attempt(db, task, by=room.trainee.id, now=now))


def write(db: Session, work: Work, fields: Mapping[str, str] | None = None, *, days: int = 0, **named: str) -> Work:
    fields = {**(fields or {}), **named}
    client = f"page{work.attempt.id}-{len(fields)}-{days}"
    save = Save(client, actions.next_seq(db, work.attempt.id, client), 99, fields)
    actions.save_fields(db, work, save, by=work.enrolment.person_id, now=NOW + timedelta(days=days))
    return work


def given_in(work: Work) -> str:
    return to_html(tuple(block for block in work.sheet.fields if isinstance(block, Panel)))


def test_a_handed_in_answer_is_carried_with_its_words_and_frozen(db: Session, room: Room) -> None:
    earlier = write(db, begin(db, room, "customer"), name="滨河客运", fleet="86", size="l")
    hand_in(db, room, earlier)
    goal = begin(db, room, "goal")
    assert goal.attempt.carried == {
        "customer": {
            "title": "客户**信息**",
            "day": "2026-11-23",
            "attempt_id": earlier.attempt.id,
            "change_id": 1,
            "fields": [
                {"name": "name", "label": "名称", "text": "滨河客运", "shown": "滨河客运"} | NO_TABLE,
                {"name": "size", "label": "规模", "text": "l", "shown": "大"} | NO_TABLE,
            ],  # not the fleet: nobody asked for it
        }
    }
    given = given_in(goal)
    assert ("滨河客运" in given, "大" in given, "86" in given, "你填过的客户" in given) == (True, True, False, True)
    page = to_html(goal.sheet.fields)
    assert page.index("滨河客运") < page.index("毛利率")


def test_what_is_missing_is_named(db: Session, room: Room) -> None:
    goal = begin(db, room, "goal")
    assert "先完成《客户信息》" in given_in(goal)
    assert news_for(db, goal) == ()


def test_a_saved_answer_is_carried_where_none_was_handed_in_and_a_handed_in_one_goes_before(
    db: Session, room: Room
) -> None:
    first = write(db, begin(db, room, "customer"), name="滨河客运")
    assert "滨河客运" in given_in(begin(db, room, "goal"))
    hand_in(db, room, first)
    write(db, begin(db, room, "customer", days=1), days=1, name="桐江快运")
    (now,) = news_for(db, begin(db, room, "goal")) or (None,)
    assert now is None  # what is only saved does not count yet


def test_an_attempt_that_was_given_back_counts_no_longer(db: Session, room: Room) -> None:
    first = hand_in(db, room, write(db, begin(db, room, "customer"), name="滨河客运"))
    second = write(db, begin(db, room, "customer", days=1), days=1, name="桐江快运")
    second = hand_in(db, room, second)
    give_back(db, second, Written(), reason="", reopened=False, by=room.trainer.id, now=NOW)
    assert first.attempt.returned_at is None
    assert "滨河客运" in given_in(begin(db, room, "goal"))


def test_this_cohort_goes_before_another_and_another_before_nothing(
    db: Session, room: Room, bob: Person, alice: Person
) -> None:
    hand_in(db, room, write(db, begin(db, room, "customer"), name="去年的客户"))
    other = room_on(db, room.cohort.version, bob, alice)
    assert "去年的客户" in given_in(begin(db, other, "goal"))
    hand_in(db, other, write(db, begin(db, other, "customer"), name="今年的客户"))
    hand_in(db, room, write(db, begin(db, room, "customer", days=9), days=9, name="更晚的客户"))
    task = own_task(db, viewer_of(bob), other.cohort.id, "goal")
    fresh = actions.add_attempt(db, task, number=2, by=bob.id, now=NOW)
    assert "今年的客户" in given_in(work_of(db, other, fresh))


def test_nobody_gets_what_another_person_wrote(db: Session, room: Room, charlie: Person, alice: Person) -> None:
    hand_in(db, room, write(db, begin(db, room, "customer"), name="滨河客运"))
    others = room_on(db, room.cohort.version, charlie, alice)
    assert "滨河客运" not in given_in(begin(db, others, "goal"))


@pytest.mark.parametrize(("into_private", "carried"), [(True, True), (False, False)])
def test_a_private_answer_goes_into_nothing_that_others_see(
    db: Session, bob: Person, alice: Person, *, into_private: bool, carried: bool
) -> None:
    exercises = {"customer": {**CUSTOMER, "private": True}, "goal": {**CARRYING, "private": into_private}}
    room = room_with(db, bob, alice, exercises)
    hand_in(db, room, write(db, begin(db, room, "customer"), name="滨河客运"))
    goal = begin(db, room, "goal")
    assert ("滨河客运" in given_in(goal), "customer" in goal.attempt.carried) == (carried, carried)


def test_what_was_private_when_it_was_written_stays_so(db: Session, bob: Person, alice: Person) -> None:
    room = room_with(db, bob, alice, {"customer": {**CUSTOMER, "private": True}, "goal": CARRYING})
    hand_in(db, room, write(db, begin(db, room, "customer"), name="滨河客运"))
    room.cohort.version = publish_course(db, course_with(EXERCISES), by=None, now=NOW)  # open from now on
    db.flush()
    assert "滨河客运" not in given_in(begin(db, room, "goal"))
    hand_in(db, room, write(db, begin(db, room, "customer", days=1), days=1, name="桐江快运"))
    assert [news.title for news in news_for(db, begin(db, room, "goal"))] == ["客户信息"]


def test_what_changed_since_is_told_then_and_now_and_taken_over_on_demand(db: Session, room: Room) -> None:
    hand_in(db, room, write(db, begin(db, room, "customer"), name="滨河客运", size="l"))
    goal = write(db, begin(db, room, "goal"), ratio="net")
    assert news_for(db, goal) == ()
    hand_in(db, room, write(db, begin(db, room, "customer", days=1), days=1, name="桐江快运", size="l"))
    (news,) = news_for(db, goal)
    assert (news.title, news.was_missing) == ("客户信息", False)
    assert news.differences == (Difference("名称", "滨河客运", "桐江快运"),)
    take_over(db, goal, by=room.trainee.id, now=NOW)
    take_over(db, goal, by=room.trainee.id, now=NOW)
    again = work_of(db, room, goal.attempt)
    assert ("桐江快运" in given_in(again), "滨河客运" in given_in(again), news_for(db, again)) == (True, False, ())
    audited = db.scalars(select(Audit.action).where(Audit.action == "attempt-took-over")).all()
    assert len(audited) == 1
    assert written_in(db, goal.attempt.id).values == {"ratio": "net"}


def test_an_answer_that_came_later_is_news_too(db: Session, room: Room) -> None:
    goal = begin(db, room, "goal")
    hand_in(db, room, write(db, begin(db, room, "customer"), name="滨河客运"))
    (news,) = news_for(db, goal)
    assert (news.was_missing, news.differences) == (True, (Difference("名称", "", "滨河客运"),))


def test_a_handed_in_sheet_takes_nothing_over(db: Session, room: Room) -> None:
    goal = hand_in(db, room, begin(db, room, "goal"))
    hand_in(db, room, write(db, begin(db, room, "customer"), name="滨河客运"))
    with pytest.raises(UserError, match="handed in"):
        take_over(db, goal, by=room.trainee.id, now=NOW)
    assert db.get_one(Attempt, goal.attempt.id).carried == goal.attempt.carried


def test_a_later_version_of_the_earlier_exercise_breaks_nothing(db: Session, room: Room) -> None:
    hand_in(db, room, write(db, begin(db, room, "customer"), name="滨河客运", size="l"))
    goal = begin(db, room, "goal")
    smaller = {**CUSTOMER, "title": "新版", "groups": CUSTOMER["groups"][:1]}
    room.cohort.version = publish_course(db, course_with({"customer": smaller, "goal": CARRYING}), by=None, now=NOW)
    db.flush()
    given = given_in(work_of(db, room, goal.attempt))
    assert ("客户信息" in given, "大" in given) == (True, True)
    assert news_for(db, goal) == ()  # the answer was written on the old one


def test_the_revision_of_an_attempt_has_what_the_first_one_had(db: Session, room: Room) -> None:
    hand_in(db, room, write(db, begin(db, room, "customer"), name="滨河客运"))
    goal = hand_in(db, room, begin(db, room, "goal"))
    next_id = give_back(db, goal, Written(), reason="", reopened=False, by=room.trainer.id, now=NOW)
    assert "滨河客运" in given_in(own_work(db, viewer_of(room.trainee), next_id))


def test_rows_of_a_ledger_come_over_with_what_was_worked_out(db: Session, bob: Person, alice: Person) -> None:
    room = room_with(db, bob, alice, {"visits": VISITS, "plan": PLAN})
    cells = {"visits.1.customer": "滨河客运", "visits.1.last": "2026-01-15", "visits.3.customer": "桐江快运"}
    hand_in(db, room, write(db, begin(db, room, "visits"), cells))
    plan = begin(db, room, "plan")
    page = to_html(plan.sheet.fields)
    assert ("滨河客运" in page, "桐江快运" in page, "带入了 2 行" in page) == (True,) * 3
    carried = {each["name"]: each["text"] for each in plan.attempt.carried["visits"]["fields"]}
    assert (carried["visits.1.months"], "visits.3.months" in carried) == ("5", False)
    assert {"plan.1.next", "plan.3.next"} <= plan.sheet.names
    assert not {"plan.1.customer", "plan.3.customer", "plan.1.months"} & plan.sheet.names
    write(db, plan, {"plan.1.next": "2026-12-01"})
    hand_in(db, room, write(db, work_of(db, room, plan.attempt), {"plan.3.next": "2026-12-08"}, days=1))


VISITS: dict[str, Any] = {
    "kind": "ledger",
    "title": "拜访台账",
    "minutes": 10,
    "points": 0,
    "marking": ["none"],
    "attempts": 3,
    "table": "visits",
    "rows": {"least": 1, "most": 6, "shown": 3},
    "columns": [
        {"id": "customer", "label": "客户", "type": "text"},
        {"id": "last", "label": "上次", "type": "date"},
        {"id": "months", "label": "距今月数", "formula": "months(last, '2026-06-30')"},
    ],
}
PLAN: dict[str, Any] = {
    **VISITS,
    "title": "拜访计划",
    "table": "plan",
    "columns": [
        {"id": "customer", "label": "客户", "type": "text"},
        {"id": "months", "label": "距今月数", "type": "number"},
        {"id": "next", "label": "下次", "type": "date"},
    ],
    "carries": [{"from": "visits", "rows": "visits", "into": "plan", "label": "上次的台账"}],
}


def test_answers_stay_with_their_row_when_rows_are_taken_over(db: Session, bob: Person, alice: Person) -> None:
    room = room_with(db, bob, alice, {"visits": VISITS, "plan": PLAN})
    hand_in(db, room, write(db, begin(db, room, "visits"), {"visits.2.customer": "滨河客运"}))
    plan = write(db, begin(db, room, "plan"), {"plan.2.next": "2026-12-01"})
    renewed = {"visits.1.customer": "桐江快运", "visits.2.customer": "滨河客运集团"}
    hand_in(db, room, write(db, begin(db, room, "visits", days=1), renewed, days=1))
    take_over(db, plan, by=bob.id, now=NOW)
    again = work_of(db, room, plan.attempt)
    page = to_html(again.sheet.fields, written_in(db, plan.attempt.id).values)
    row = page[page.index("滨河客运集团") :]
    assert ("2026-12-01" in row, "桐江快运" in page) == (True, True)


def test_the_pages_say_it_and_take_it_over(
    db: Session, database: Database, room: Room, client_of: Callable[[Person], FlaskClient]
) -> None:
    hand_in(db, room, write(db, begin(db, room, "customer"), name="滨河客运"))
    goal = begin(db, room, "goal")
    hand_in(db, room, write(db, begin(db, room, "customer", days=1), days=1, name="桐江快运"))
    db.commit()
    bobs, url = client_of(room.trainee), f"/attempts/{goal.attempt.id}"
    page = bobs.get(url).text
    said = ("《客户信息》的答案后来改过", "滨河客运", "桐江快运", "改用现在的内容")
    assert [words in page for words in said] == [True] * 4
    taken = bobs.post(f"{url}/take-over", data={"csrf_token": token_of(bobs)})
    assert (taken.status_code, taken.location) == (303, url)
    page = bobs.get(url).text
    assert [words in page for words in said] == [False, False, True, False]


def test_an_exercise_that_carries_nothing_asks_nothing_more(
    db: Session, database: Database, room: Room, client_of: Callable[[Person], FlaskClient]
) -> None:
    customer = begin(db, room, "customer")
    for number in range(3):
        write(db, customer, name=f"第 {number} 次")
    goal = begin(db, room, "goal")
    db.commit()
    bobs = client_of(room.trainee)
    counts = []
    for attempt_id in (customer.attempt.id, goal.attempt.id):
        bobs.get(f"/attempts/{attempt_id}")
        with statements_of(database) as seen:
            bobs.get(f"/attempts/{attempt_id}")
        counts.append(len(seen))
    assert counts[1] - counts[0] == 2
