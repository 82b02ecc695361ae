"""Opening, changing and archiving cohorts, their dates, and who gets to them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.actions import revoke_role
from app.accounts.models import Audit, Person
from app.catalogue.actions import publish_course
from app.catalogue.models import CourseVersion
from app.cohorts import actions
from app.cohorts.actions import Plan, open_cohort
from app.cohorts.listing import cohort_rows
from app.cohorts.models import Cohort, CohortTrainer, Enrolment
from app.cohorts.queries import (
    cohort_for,
    dates_in_order_of_course,
    enrolment_of,
    is_trainer_of,
    session_rows,
    sessions_of,
    training_cohorts,
)
from app.cohorts.schedule import moved_by, moved_schedule, stamp_of, typed_schedule
from app.db import Database
from app.errors import NotFound, UserError
from app.web.viewing import RoleName, Viewer
from tests.catalogue.samples import OUTLINE, create_course
from tests.cohorts.samples import MONDAY, create_cohort
from tests.conftest import NOW, CreatePerson, statements_of

TWO_DAYS = [*OUTLINE["days"], {"title": "第二天", "sessions": [{**OUTLINE["days"][0]["sessions"][1], "id": "d2"}]}]
FRIDAY = date(2026, 11, 27)


def viewer_of(person: Person, *roles: RoleName) -> Viewer:
    return Viewer(person.id, person.display_name, frozenset(roles), "zh-CN")


def plan(*trainers: Person, **over: object) -> Plan:
    given = Plan("华东一班", "Asia/Shanghai", FRIDAY, "302", tuple(person.id for person in trainers))
    return replace(given, **over)  # type: ignore[arg-type]  # of a plan


@pytest.fixture
def version(alice: Person, bob: Person, db: Session) -> CourseVersion:
    """After the people, who are committed while nobody else writes."""
    return publish_course(db, create_course(days=TWO_DAYS), by=None, now=NOW)


@pytest.fixture
def cohort(alice: Person, bob: Person, db: Session, version: CourseVersion) -> Cohort:
    return create_cohort(db, version, trainers=[alice], trainees=[bob])


def audited(db: Session) -> list[str]:
    return list(db.scalars(select(Audit.action).where(Audit.object_type.like("cohort%")).order_by(Audit.id)))


def test_opening_dates_every_session_and_leaves_the_weekend_out(
    alice: Person, db: Session, version: CourseVersion
) -> None:
    cohort = open_cohort(db, version, plan(alice), by=alice.id, now=NOW)
    dates = [(row.session_id, row.day, row.starts, row.minutes, row.room) for row in sessions_of(db, cohort)]
    assert dates == [
        ("d1-am", FRIDAY, 540, 120, "302"),
        ("d1-pm", FRIDAY, 810, 30, "302"),
        ("d2", date(2026, 11, 30), 810, 30, "302"),
    ]
    assert (audited(db), is_trainer_of(db, alice.id, cohort.id)) == (["cohort-opened", "trainer-added"], True)


def test_weekends_may_be_taught(alice: Person, db: Session, version: CourseVersion) -> None:
    cohort = open_cohort(db, version, plan(alice, skip_weekends=False), by=alice.id, now=NOW)
    assert sessions_of(db, cohort)[2].day == date(2026, 11, 28)


@pytest.mark.parametrize(
    "over",
    [
        {"name": " "},
        {"name": "x" * 201},
        {"name": "华东\x07班"},
        {"zone": "Asia/Nowhere"},
        {"zone": "../../etc/passwd"},
        {"first_day": date(2206, 11, 27)},
        {"room": "x" * 201},
        {"trainer_ids": ()},
        {"trainer_ids": (999,)},
    ],
)
def test_a_plan_that_cannot_be_opens_nothing(
    alice: Person, db: Session, version: CourseVersion, over: dict[str, object]
) -> None:
    with pytest.raises(UserError):
        open_cohort(db, version, plan(alice, **over), by=alice.id, now=NOW)
    assert db.scalar(select(func.count()).select_from(Cohort)) == 0


def test_only_people_with_the_role_train(alice: Person, bob: Person, db: Session, version: CourseVersion) -> None:
    with pytest.raises(UserError, match="role trainer"):
        open_cohort(db, version, plan(alice, bob), by=alice.id, now=NOW)


def test_a_second_click_opens_no_second_cohort(alice: Person, db: Session, version: CourseVersion) -> None:
    first = open_cohort(db, version, plan(alice), by=alice.id, now=NOW)
    with pytest.raises(UserError, match="already"):
        open_cohort(db, version, plan(alice), by=alice.id, now=NOW)
    open_cohort(db, version, plan(alice, first_day=MONDAY), by=alice.id, now=NOW)
    actions.archive_cohort(db, first, by=alice.id, now=NOW)
    open_cohort(db, version, plan(alice), by=alice.id, now=NOW)


def test_trainers_and_admins_get_to_a_cohort_and_nobody_else(  # noqa: PLR0917 -- fixtures
    alice: Person, bob: Person, charlie: Person, ada: Person, db: Session, cohort: Cohort
) -> None:
    assert cohort_for(db, viewer_of(alice, "trainer"), cohort.id) is cohort
    assert cohort_for(db, viewer_of(ada, "admin"), cohort.id) is cohort
    for viewer in (
        viewer_of(bob),
        viewer_of(charlie, "trainer"),
        viewer_of(charlie, "author", "HR"),
        viewer_of(alice, "author"),  # whose role as a trainer was taken back
    ):
        with pytest.raises(NotFound):
            cohort_for(db, viewer, cohort.id)
    with pytest.raises(NotFound):
        cohort_for(db, viewer_of(ada, "admin"), cohort.id + 1)


def test_a_trainer_whose_role_is_gone_trains_nothing(alice: Person, db: Session, cohort: Cohort) -> None:
    revoke_role(db, alice, "trainer", by=None, now=NOW)
    assert not is_trainer_of(db, alice.id, cohort.id)


def test_ones_own_enrolment_is_found_until_one_is_withdrawn(
    alice: Person, bob: Person, db: Session, cohort: Cohort
) -> None:
    enrolment = enrolment_of(db, viewer_of(bob), cohort.id)
    assert enrolment.cohort.version.course.slug == "leads"
    for person in (alice, bob):
        enrolment.withdrawn_at = NOW
        db.flush()
        with pytest.raises(NotFound):
            enrolment_of(db, viewer_of(person, "admin"), cohort.id)


def test_rights_cost_one_statement(alice: Person, bob: Person, database: Database, db: Session, cohort: Cohort) -> None:
    db.commit()
    with statements_of(database) as seen, database.reading() as reading:
        cohort_for(reading, viewer_of(alice, "trainer"), cohort.id).version.course.slug  # noqa: B018 -- loaded with it
        enrolment_of(reading, viewer_of(bob), cohort.id)
        is_trainer_of(reading, alice.id, cohort.id)
    assert len(seen) == 3


def test_a_list_costs_as_much_with_many_cohorts_as_with_one(  # noqa: PLR0917 -- fixtures
    alice: Person, bob: Person, database: Database, db: Session, version: CourseVersion, cohort: Cohort
) -> None:
    viewer, counts = viewer_of(alice, "trainer"), []
    for _ in range(2):
        db.commit()
        with statements_of(database) as seen, database.reading() as reading:
            rows = cohort_rows(reading, viewer, MONDAY)
            session_rows(reading, cohort_for(reading, viewer, cohort.id))
        counts.append(len(seen))
        for number in range(3):
            create_cohort(db, version, trainers=[alice], trainees=[bob], name=f"班{number}")
    assert (counts[0], len(rows)) == (counts[1], 4)


def test_the_list_is_narrowed_by_words_and_by_state(
    alice: Person, bob: Person, db: Session, version: CourseVersion, cohort: Cohort
) -> None:
    create_cohort(db, version, trainers=[alice], name="十二月_班", first_day=MONDAY + timedelta(days=30))
    old = create_cohort(db, version, trainers=[alice], name="去年班", first_day=MONDAY - timedelta(days=300))
    actions.archive_cohort(db, old, by=alice.id, now=NOW)
    create_cohort(db, version, name="别人的班")
    viewer = viewer_of(alice, "trainer")

    def names(search: str = "", **over: str) -> list[str]:
        return [row.name for row in cohort_rows(db, viewer, MONDAY, search=search, **over)]  # type: ignore[arg-type]

    assert names() == ["十二月_班", "十一月班", "去年班"]
    assert names(state="running") == ["十一月班"]
    assert names(state="coming") == ["十二月_班"]
    assert names(state="archived") == ["去年班"]
    assert names(state="finished") == []
    assert names("十一月") == ["十一月班"]
    assert names("_") == ["十二月_班"]
    assert names("线索与需求") == names()
    assert names("\0") == names()
    row = cohort_rows(db, viewer, MONDAY, state="running")[0]
    assert (row.people, row.trainers, row.first, row.last) == (1, ("Alice",), MONDAY, MONDAY + timedelta(days=1))
    assert [each.name for each in training_cohorts(db, viewer)] == ["十一月班", "十二月_班"]


def test_admins_see_all_cohorts(ada: Person, db: Session, cohort: Cohort) -> None:
    assert [row.name for row in cohort_rows(db, viewer_of(ada, "admin"), MONDAY)] == ["十一月班"]


def test_changing_keeps_at_least_one_trainer_and_frees_the_sessions_of_who_goes(
    alice: Person, create_person: CreatePerson, database: Database, db: Session, cohort: Cohort
) -> None:
    db.commit()
    trudy = create_person("Trudy", roles=("trainer",))
    cohort = db.get_one(Cohort, cohort.id)
    sessions_of(db, cohort)[0].trainer_id = alice.id

    def change(*trainers: int) -> None:
        actions.change_cohort(db, cohort, "新名", zone="Europe/Berlin", trainer_ids=trainers, by=alice.id, now=NOW)

    with pytest.raises(UserError):
        change()
    change(trudy.id)
    db.expire_all()
    assert (cohort.name, cohort.zone, sessions_of(db, cohort)[0].trainer_id) == ("新名", "Europe/Berlin", None)
    assert db.scalars(select(CohortTrainer.person_id)).all() == [trudy.id]
    assert audited(db) == ["cohort-changed", "trainer-removed", "trainer-added"]
    assert db.scalars(select(Enrolment.revision)).all() == [1]


def test_an_archived_cohort_is_closed_for_changes_until_it_is_reopened(
    alice: Person, db: Session, cohort: Cohort
) -> None:
    for _ in range(2):
        actions.archive_cohort(db, cohort, by=alice.id, now=NOW)
    dates = dates_in_order_of_course(db, cohort)
    with pytest.raises(UserError, match="archived"):
        actions.set_dates(db, cohort, moved_by(dates, 1), by=alice.id, now=NOW)
    with pytest.raises(UserError, match="archived"):
        actions.change_cohort(db, cohort, "新名", zone=cohort.zone, trainer_ids=[alice.id], by=alice.id, now=NOW)
    actions.reopen_cohort(db, cohort, by=alice.id, now=NOW)
    assert actions.set_dates(db, cohort, moved_by(dates, 1), by=alice.id, now=NOW) == 3
    assert audited(db) == ["cohort-archived", "cohort-reopened", *["session-moved"] * 3]


def test_moving_raises_the_revision_once_and_only_when_something_moves(
    alice: Person, db: Session, cohort: Cohort
) -> None:
    dates = dates_in_order_of_course(db, cohort)
    assert actions.set_dates(db, cohort, dates, by=alice.id, now=NOW) == 0
    actions.set_dates(db, cohort, moved_by(dates, 7), by=alice.id, now=NOW)
    assert sessions_of(db, cohort)[0].day == MONDAY + timedelta(days=7)
    assert db.scalars(select(Enrolment.revision)).all() == [1]


def typed(db: Session, cohort: Cohort, **over: str) -> dict[str, str]:
    """The form as a browser sends it; `over` by field and place in the course, «day_0»."""
    form: dict[str, str] = {}
    for place, row in enumerate(dates_in_order_of_course(db, cohort)):
        own = {
            "day": str(row.day),
            "starts": f"{row.starts // 60:02}:{row.starts % 60:02}",
            "room": row.room,
            "trainer": "",
        }
        form |= {f"{field}-{row.id}": over.get(f"{field}_{place}", text) for field, text in own.items()}
    return form


def test_each_cell_tells_what_is_wrong_with_it_and_keeps_what_was_typed(
    alice: Person, db: Session, cohort: Cohort
) -> None:
    stored = dates_in_order_of_course(db, cohort)
    form = typed(db, cohort, day_0="昨天", starts_1="25:99", room_1="x" * 201, trainer_2="999")
    schedule = typed_schedule(db, cohort, stored, typed=form, trainer_ids=[alice.id], today=MONDAY)
    wrong = [[field for field, cell in row.cells.items() if cell.error] for row in schedule.rows]
    assert (wrong, schedule.is_wrong) == ([["day"], ["starts", "room"], ["trainer"]], True)
    assert schedule.rows[0].cells["day"].typed == "昨天"


def test_a_missing_field_is_no_way_around_the_checks(alice: Person, db: Session, cohort: Cohort) -> None:
    stored = dates_in_order_of_course(db, cohort)
    assert typed_schedule(db, cohort, stored, typed={}, trainer_ids=[], today=MONDAY).is_wrong


def test_a_room_and_a_trainer_that_are_taken_elsewhere_are_warned_of(
    alice: Person, db: Session, version: CourseVersion, cohort: Cohort
) -> None:
    other = create_cohort(db, version, trainers=[alice], name="另一个班")
    sessions_of(db, other)[0].trainer_id = alice.id
    sessions_of(db, other)[2].room = ""
    db.flush()
    stored = dates_in_order_of_course(db, cohort)
    form = typed(db, cohort, trainer_0=str(alice.id), room_1="303")
    schedule = typed_schedule(db, cohort, stored, typed=form, trainer_ids=[alice.id], today=MONDAY)
    warned = [[field for field, cell in row.cells.items() if cell.warning] for row in schedule.rows]
    assert (warned, schedule.is_wrong) == ([["room", "trainer"], [], []], False)
    actions.archive_cohort(db, other, by=alice.id, now=NOW)
    db.flush()
    assert not typed_schedule(db, cohort, stored, typed=form, trainer_ids=[alice.id], today=MONDAY).has_warnings


def test_rooms_are_compared_by_moment_and_not_by_wall_clock(
    alice: Person, db: Session, version: CourseVersion, cohort: Cohort
) -> None:
    create_cohort(db, version, name="柏林").zone = "Europe/Berlin"
    db.flush()
    stored = dates_in_order_of_course(db, cohort)
    assert not moved_schedule(db, cohort, stored, days=0, today=MONDAY).has_warnings


def test_the_stamp_changes_with_the_dates_and_with_nothing_else(alice: Person, db: Session, cohort: Cohort) -> None:
    dates = dates_in_order_of_course(db, cohort)
    assert stamp_of(dates) == stamp_of([replace(each, title="别的") for each in dates])
    assert stamp_of(dates) != stamp_of(moved_by(dates, 1))
    assert stamp_of(dates) != stamp_of([replace(each, room="1") for each in dates])


def test_moving_out_of_reach_is_wrong(alice: Person, db: Session, cohort: Cohort) -> None:
    stored = dates_in_order_of_course(db, cohort)
    assert moved_schedule(db, cohort, stored, days=-365 * 3, today=MONDAY).is_wrong
