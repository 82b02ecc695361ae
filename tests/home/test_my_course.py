"""«My course»: where it stands, the next step, the exercises with their states, and nobody else's."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.accounts.models import Person
from app.assessment import actions
from app.assessment.assigning import Window, set_times
from app.assessment.deadlines import give_extra_time
from app.assessment.marks import add_marking
from app.assessment.models import Assignment, Submission
from app.assessment.queries import own_task
from app.catalogue.actions import publish_course
from app.classroom.models import Attendance
from app.cohorts.models import Cohort, CohortSession, Enrolment
from app.cohorts.queries import enrolment_of
from app.db import Database
from app.home.course_days import days_of, exercises_reached
from app.home.my_course import MyCourse, lists_of, my_course_of
from app.home.queries import TaskRow, own_enrolments, tasks_for, tasks_of
from app.home.rules import NextStep, greeting, next_step
from app.records.progress import refresh
from app.records.rules import required_exercises
from app.words import in_words
from tests.assessment.samples import Room, create_room, hand_in, save, start, viewer_of
from tests.catalogue.samples import HIERARCHY, OUTLINE, create_course
from tests.cohorts.samples import MONDAY, create_cohort
from tests.conftest import NOW, statements_of

ClientOf = Callable[[Person], FlaskClient]
MINE = "/cohorts/1/my-course"


@pytest.fixture
def room(db: Session, bob: Person, alice: Person, charlie: Person) -> Room:
    return create_room(db, bob, alice)


@pytest.fixture
def stored(database: Database, bob: Person, alice: Person) -> Room:
    """The same, committed for pages."""
    with database.transaction() as db:
        return create_room(db, bob, alice)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def enrolled(db: Session, room: Room) -> Enrolment:
    db.flush()
    return enrolment_of(db, viewer_of(room.trainee), room.cohort.id)


def page_at(db: Session, room: Room, now: datetime = NOW) -> MyCourse:
    """As the view shows it: with completion worked out."""
    enrolment = enrolled(db, room)
    refresh(db)
    return my_course_of(db, enrolment, "Bob", language="zh-CN", now=now)


def at(hour: int, minute: int = 0, day: date = MONDAY) -> datetime:
    """By the clock in Shanghai."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


def task(db: Session, room: Room, now: datetime = NOW) -> TaskRow:
    (row,) = tasks_of(db, enrolled(db, room), now=now)
    return row


def big_course(count: int) -> Any:
    """The course with so many exercises in its slot, and one for practice."""
    days: Any = deepcopy(OUTLINE["days"])
    slugs = [f"needs-{number}" for number in range(count)]
    days[0]["sessions"][0]["slots"][2]["exercise"] = ["needs", *slugs]
    days[0]["sessions"][1]["practice"] = ["own"]
    return create_course(days=days, exercises=dict.fromkeys(("needs", "own", *slugs), HIERARCHY))


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (at(12, day=MONDAY - timedelta(days=3)), ("next_day", "三条标准", False)),
        (at(8, 59), ("next_today", "三条标准", False)),
        (at(9), ("in_class", "三条标准", False)),
        (at(9, 59), ("in_class", "三条标准", False)),
        (at(10), ("in_class", "茶歇", True)),
        (at(10, 15), ("in_class", "客户需求", False)),
        (at(11), ("next_today", "总结", False)),
        (at(13, 59), ("in_class", "总结", False)),
        (at(14), ("over", None, False)),
    ],
)
def test_where_the_course_stands(
    db: Session, room: Room, now: datetime, expected: tuple[str, str | None, bool]
) -> None:
    place = page_at(db, room, now).place
    assert (place.where, place.slot and str(place.slot.title), place.on_break) == expected


def test_slots_move_with_the_date_of_their_session(db: Session, room: Room) -> None:
    morning = db.scalars(select(CohortSession).where(CohortSession.session_id == "d1-am")).one()
    morning.day, morning.starts = MONDAY + timedelta(days=2), 8 * 60
    db.flush()
    days = page_at(db, room).days
    assert [(day.number, day.day, [session.span.starts for session in day.sessions]) for day in days] == [
        (1, MONDAY, ["13:30"]),
        (2, MONDAY + timedelta(days=2), ["08:00"]),
    ]
    assert [slot.span.starts for slot in days[1].sessions[0].slots] == ["08:00", "09:00", "09:15"]


def test_lunch_stands_between_two_sessions_of_a_day(db: Session, room: Room) -> None:
    morning, afternoon = page_at(db, room).days[0].sessions
    assert (morning.pause, afternoon.pause and (afternoon.pause.span.starts, afternoon.pause.span.ends)) == (
        None,
        ("11:00", "13:30"),
    )


def test_times_are_those_of_the_cohorts_zone(db: Session, room: Room) -> None:
    room.cohort.zone = "America/New_York"  # where it is Sunday evening
    page = page_at(db, room)
    assert (page.today, page.place.where, in_words(page.greeting, "en")) == (
        MONDAY - timedelta(days=1),
        "next_day",
        "Good evening, Bob",
    )
    assert page.days[0].begins_at == datetime(2026, 11, 23, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hour", "says"), [(0, "上午好"), (11, "上午好"), (12, "下午好"), (17, "下午好"), (18, "晚上好"), (23, "晚上好")]
)
def test_the_greeting_follows_the_clock(hour: int, says: str) -> None:
    assert in_words(greeting(at(hour), "Asia/Shanghai", "雨桐"), "zh-CN") == f"{says}，雨桐"


def test_the_state_and_the_next_step_follow_what_was_done(db: Session, room: Room) -> None:
    def told() -> tuple[str, NextStep, int]:
        page = page_at(db, room)
        return page.tasks[0].state, page.step, page.progress.done

    assert told() == ("open", NextStep("start", "needs"), 0)
    work = start(db, room)
    assert told() == ("started", NextStep("continue", "needs"), 0)
    save(db, work, level__uptime="primary", sales_related__uptime="yes")
    work = hand_in(db, room, work)
    assert told() == ("handed_in", NextStep("read"), 1)
    work.attempt.returned_at = NOW
    room.enrolment.revision = Enrolment.revision + 1
    again = own_task(db, viewer_of(room.trainee), room.cohort.id, "needs")
    actions.add_attempt(db, again, number=2, by=room.trainer.id, now=NOW)
    db.flush()
    assert told() == ("returned", NextStep("revise", "needs"), 0)


def test_points_show_as_soon_as_everything_is_marked(db: Session, room: Room) -> None:
    work = hand_in(db, room, start(db, room))
    assert (task(db, room).state, task(db, room).earned) == ("handed_in", None)
    add_marking(
        db, work, "trainer", by=room.trainer.id, now=NOW, earned=Fraction(2), parts={"levels": ["2"]}, comment="好"
    )
    db.flush()
    row = task(db, room)
    assert (row.state, row.earned, row.points, row.commented) == ("marked", "2", "6", True)
    assert page_at(db, room, at(15)).step == NextStep("result", "needs")
    assert page_at(db, room, at(10)).step == NextStep("read")


@pytest.mark.parametrize("feedback", ["on_release", "after_close"])
def test_points_stay_hidden_until_the_policy_allows_them(
    db: Session, bob: Person, alice: Person, feedback: str
) -> None:
    course = create_course(exercises={"needs": {**HIERARCHY, "feedback": feedback}})
    version = publish_course(db, course, by=None, now=NOW)
    cohort = create_cohort(db, version, trainers=[alice], trainees=[bob])
    room = Room(cohort, db.scalars(select(Enrolment)).one(), bob, alice)
    work = hand_in(db, room, start(db, room))
    add_marking(db, work, "trainer", by=alice.id, now=NOW, earned=Fraction(2), parts={"levels": ["2"]}, comment="好")
    db.flush()
    row = task(db, room)
    assert (row.state, row.earned, row.commented) == ("handed_in", None, False)
    work.assignment.released_at = NOW
    assert (task(db, room).state, task(db, room).earned) == ("marked", "2")


def test_opening_and_closing_times_count(db: Session, room: Room) -> None:
    assignment = db.scalars(select(Assignment)).one()
    assignment.opens_at, assignment.closes_at = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
    states = [task(db, room, NOW + timedelta(hours=hours)).state for hours in (0, 1, 2)]
    assert states == ["not_open", "open", "closed"]
    assert page_at(db, room).step == NextStep("read")


def test_the_end_is_that_of_this_person(db: Session, room: Room) -> None:
    closes = NOW + timedelta(hours=2)
    set_times(db, room.cohort, {"needs": Window(None, closes, 20)}, by=room.trainer.id, now=NOW)
    assert (task(db, room).ends_at, task(db, room).limit) == (closes, 20)
    start(db, room)
    assert task(db, room).ends_at == NOW + timedelta(minutes=20)
    give_extra_time(db, room.cohort, "needs", enrolled(db, room), 10, reason="停电", by=room.trainer.id, now=NOW)
    found = task(db, room)
    assert (found.ends_at, found.limit, found.state) == (NOW + timedelta(minutes=30), 30, "started")
    assert task(db, room, closes).state == "closed"


def test_what_was_handed_in_by_itself_says_so(db: Session, room: Room) -> None:
    work = start(db, room)
    save(db, work, level__uptime="primary")
    hand_in(db, room, work)
    assert not task(db, room).collected
    db.get_one(Submission, work.attempt.id).collected = True
    found = task(db, room)
    assert (found.collected, found.state) == (True, "handed_in")


def test_what_has_its_turn_later_is_no_next_step(db: Session, room: Room) -> None:
    page = page_at(db, room, at(12, day=MONDAY - timedelta(days=1)))
    assert (page.step, [row.exercise for row in page.lists.later], page.lists.to_do) == (
        NextStep("read"),
        ["needs"],
        (),
    )
    assert exercises_reached(days_of(room.cohort, [], "zh-CN"), MONDAY) == frozenset()


def test_the_order_of_steps() -> None:
    def row(exercise: str, state: Any, earned: str | None = None) -> Any:
        over: dict[str, Any] = dict.fromkeys(TaskRow.__dataclass_fields__)
        return TaskRow(**{**over, "exercise": exercise, "state": state, "earned": earned})

    a, b, c, d = row("a", "open"), row("b", "started"), row("c", "returned"), row("d", "open")
    marked = row("m", "marked", "3")

    def step(*tasks: Any, now: str = "", over: bool = False, changes: bool = True) -> NextStep:
        reached = {"a", "b", "c", "d"}
        return next_step(tasks, now_in_class=[now], reached=reached, changes=changes, over=over)

    assert step(a, b, c, d) == NextStep("revise", "c")
    assert step(a, b, d) == NextStep("continue", "b")
    assert step(a, d) == NextStep("start", "a")
    assert step(a, d, now="d") == NextStep("start", "d")
    assert step(marked) == NextStep("read")
    assert step(marked, over=True) == NextStep("result", "m")
    assert step(a, b, c, marked, over=True, changes=False) == NextStep("result", "m")
    assert lists_of([a, b, c, marked], frozenset()).to_do == (b, c)


def test_required_is_what_completion_says() -> None:
    everything = big_course(1)
    assert everything.exercise_slugs == ("needs", "needs-0", "own")
    assert required_exercises(everything) == ("needs", "needs-0")
    for required, expected in (("none", ()), (["own", "needs"], ("needs", "own"))):
        course = everything.model_validate(
            {**everything.model_dump(mode="json"), "completion": {"exercises": {"required": required}}}
        )
        assert required_exercises(course) == expected


def test_the_page_says_what_it_should(stored: Room, client_of: ClientOf, bob: Person) -> None:
    page = client_of(bob).get(MINE).text
    wanted = (
        "上午好，Bob",
        "11月23日（周一）",
        "第 1 天，共 1 天",
        "正在上课",
        "<time>09:00</time>–<time>10:00</time>",
        "302",
        "开始：客户需求层次表",
        "0/1",
        "午餐",
        "/courses/leads/handbook?version=1",
        "/courses/leads/worksheets?version=1",
        "讲师：Alice",
    )
    assert [word for word in wanted if word not in page] == []
    main = page.partition("<main")[2].partition("</main>")[0]  # beside it waits what may be left on the device
    assert (main.count("btn-primary"), "SECRET" in page) == (1, False)


def test_own_attendance_stands_beside_the_session(
    stored: Room, client_of: ClientOf, bob: Person, database: Database
) -> None:
    assert "迟到" not in client_of(bob).get(MINE).text
    with database.transaction() as db:
        first = db.scalars(select(CohortSession.id).order_by(CohortSession.id)).first() or 0
        db.add(Attendance(cohort_session_id=first, enrolment_id=stored.enrolment.id, state="late", marked_at=NOW))
    assert "迟到" in client_of(bob).get(MINE).text


def test_a_private_exercise_says_so(database: Database, client_of: ClientOf, bob: Person, alice: Person) -> None:
    with database.transaction() as db:
        course = create_course(exercises={"needs": {**HIERARCHY, "private": True}})
        create_cohort(db, publish_course(db, course, by=None, now=NOW), trainers=[alice], trainees=[bob])
    assert "只有你和讲师能看到" in client_of(bob).get(MINE).text


def test_an_archived_cohort_is_to_be_read_only(
    stored: Room, client_of: ClientOf, bob: Person, database: Database
) -> None:
    with database.transaction() as db:
        db.get_one(Cohort, stored.cohort.id).archived_at = NOW
    page = client_of(bob).get(MINE).text
    assert ("已归档" in page, "开始：客户需求层次表" in page, "读学员手册" in page) == (True, False, True)


def test_whoever_is_not_in_it_finds_nothing(
    stored: Room, client_of: ClientOf, bob: Person, charlie: Person, database: Database
) -> None:
    assert {client_of(person).get(MINE).status_code for person in (stored.trainer, charlie)} == {404}
    with database.transaction() as db:
        db.get_one(Enrolment, stored.enrolment.id).withdrawn_at = NOW
    assert client_of(bob).get(MINE).status_code == 404


def test_a_cohort_without_dates_says_so(stored: Room, client_of: ClientOf, bob: Person, database: Database) -> None:
    with database.transaction() as db:
        for row in db.scalars(select(CohortSession)):
            db.delete(row)
    assert "日期还没有定" in client_of(bob).get(MINE).text


def test_the_page_asks_as_often_for_many_exercises_as_for_one(
    database: Database, client_of: ClientOf, bob: Person, alice: Person
) -> None:
    browser = client_of(bob)
    counts = []
    for number, exercises in ((1, 1), (2, 6)):
        with database.transaction() as db:
            version = publish_course(db, big_course(exercises), by=None, now=NOW)
            cohort = create_cohort(db, version, trainers=[alice], trainees=[bob], name=f"{number}")
            enrolment = db.scalars(select(Enrolment).where(Enrolment.cohort_id == cohort.id)).one()
            room = Room(cohort, enrolment, bob, alice)
            for slug in ("needs", *(f"needs-{each}" for each in range(exercises))):
                hand_in(db, room, start(db, room, slug))
        browser.get(f"/cohorts/{number}/my-course")
        with statements_of(database) as seen:
            assert browser.get(f"/cohorts/{number}/my-course").status_code == 200
        counts.append(len(seen))
    assert counts == [10, 10]


def test_several_enrolments_are_read_at_once(db: Session, room: Room, alice: Person, database: Database) -> None:
    hand_in(db, room, start(db, room))
    other = create_cohort(db, room.cohort.version, trainers=[alice], trainees=[room.trainee], name="另一个班")
    enrolments = own_enrolments(db, viewer_of(room.trainee))
    with statements_of(database) as seen:
        found = tasks_for(db, enrolments, now=NOW)
    assert {each.cohort_id: found[each.id][0].state for each in enrolments} == {
        room.cohort.id: "handed_in",
        other.id: "open",
    }
    assert len(seen) == 2


def test_people_see_their_own_states_only(charlie: Person, db: Session, room: Room) -> None:
    hand_in(db, room, start(db, room))
    db.add(Enrolment(cohort_id=room.cohort.id, person_id=charlie.id, enrolled_at=NOW))
    db.flush()
    other = enrolment_of(db, viewer_of(charlie), room.cohort.id)
    assert [row.state for row in tasks_of(db, other, now=NOW)] == ["open"]
