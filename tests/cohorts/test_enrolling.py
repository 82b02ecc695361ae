"""What a list does to a cohort, and what becomes of the people in it."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.actions import deactivate_person, grant_role
from app.accounts.departments import find_or_add_department
from app.accounts.models import Audit, Department, Invitation, Person, Role
from app.accounts.slips import make_slips
from app.catalogue.actions import publish_course
from app.cohorts import enrolling
from app.cohorts.actions import archive_cohort
from app.cohorts.enrolling import Enrolled, confirm_roster
from app.cohorts.judging import Verdict, judge_roster
from app.cohorts.models import Cohort, Enrolment
from app.cohorts.people import correctable_person, enrolment_in, members_of, people_for_slips
from app.cohorts.rosters import RosterRow, read_text
from app.db import Database
from app.errors import NotFound, UserError
from app.outbox import Outbox
from app.web.viewing import RoleName, Viewer
from tests.catalogue.samples import create_course
from tests.cohorts.samples import create_cohort
from tests.conftest import NOW, CreatePerson, statements_of

LIST = """工号,姓名,邮箱,部门
E1,陈雨桐,chen@example.com,华东大区
E2,王思齐
P0002,Bob"""


@pytest.fixture
def cohort(alice: Person, bob: Person, db: Session) -> Cohort:
    """Trained by Alice; Bob (P0002) is not in it yet."""
    version = publish_course(db, create_course(), by=None, now=NOW)
    return create_cohort(db, version, trainers=[alice])


def viewer_of(person: Person, *roles: RoleName) -> Viewer:
    return Viewer(person.id, person.display_name, frozenset(roles), "zh-CN")


def judged(db: Session, cohort: Cohort, text: str, *, adding: bool = False, to_add: tuple[str, ...] = ()) -> Verdict:
    return judge_roster(db, cohort, read_text(text).rows, adding=adding, to_add=to_add)


def enrolled(db: Session, cohort: Cohort, alice: Person, text: str, *, leaving_out: bool = False) -> Enrolled | Verdict:
    """As a trainer does it who has looked at the list."""
    by, seen = viewer_of(alice, "trainer"), judged(db, cohort, text).stamp
    return confirm_roster(
        db,
        cohort,
        read_text(text).rows,
        by=by,
        now=NOW,
        public_url="https://example.com",
        seen=seen,
        leaving_out=leaving_out,
    )


def fates(verdict: Verdict) -> list[str]:
    return [each.fate for each in verdict.rows]


def errors(verdict: Verdict) -> list[dict[str, str]]:
    return [{column: sentence.text for column, sentence in each.errors.items()} for each in verdict.rows]


def numbers_in(db: Session, cohort: Cohort) -> list[str]:
    found = select(Person.number).join(Enrolment, Enrolment.person_id == Person.id)
    present = found.where(Enrolment.cohort_id == cohort.id, Enrolment.withdrawn_at.is_(None))
    return list(db.scalars(present.order_by(Person.number)))


def test_looking_at_a_list_stores_nothing(alice: Person, db: Session, cohort: Cohort) -> None:
    assert fates(judged(db, cohort, LIST)) == ["new", "new", "enrol"]
    assert (numbers_in(db, cohort), db.scalar(select(func.count()).select_from(Person))) == ([], 2)


def test_confirming_makes_people_and_enrols_them_once(alice: Person, db: Session, cohort: Cohort) -> None:
    came = enrolled(db, cohort, alice, LIST)
    assert isinstance(came, Enrolled)
    assert (dict(came.counts), came.mailed) == ({"new": 2, "enrol": 1}, 0)
    again = enrolled(db, cohort, alice, LIST)
    assert isinstance(again, Enrolled)
    assert (dict(again.counts), numbers_in(db, cohort)) == ({"already": 3}, ["E1", "E2", "P0002"])
    chen = db.scalars(select(Person).where(Person.number == "E1")).one()
    assert (chen.display_name, chen.email, chen.password_hash) == ("陈雨桐", "chen@example.com", None)
    actions = db.scalars(select(Audit.action).where(Audit.by_id == alice.id).order_by(Audit.id)).all()
    assert actions == ["person-added", "person-added", "enrolled", "enrolled", "enrolled"]


def test_a_list_gives_nobody_a_role_or_a_password(alice: Person, db: Session, cohort: Cohort) -> None:
    enrolled(db, cohort, alice, "工号,姓名,角色,密码\nE9,陈雨桐,admin,secret")
    person = db.scalars(select(Person).where(Person.number == "E9")).one()
    assert (person.password_hash, db.scalars(select(Role).where(Role.person_id == person.id)).all()) == (None, [])


def test_a_list_changes_nobody_who_is_here_already(alice: Person, bob: Person, db: Session, cohort: Cohort) -> None:
    text = "工号,姓名,邮箱\nP0002,Bobby,thief@example.com"
    warnings = judged(db, cohort, text).rows[0].warnings
    enrolled(db, cohort, alice, text)
    bob = db.get_one(Person, bob.id)
    assert (set(warnings), bob.display_name, bob.email) == ({"name", "email"}, "Bob", None)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (",陈雨桐", {"number": "The number is missing."}),
        ("E 1,陈雨桐", {"number": "A number is made of up to 64 letters, digits, dots, hyphens and underscores."}),
        ("E1,", {"name": "A person needs a name of up to 200 characters that can be printed."}),
        (f"E1,{'陈' * 201}", {"name": "A person needs a name of up to 200 characters that can be printed."}),
        ("E1,陈雨桐,chen@", {"email": "An e-mail address looks like name@example.com."}),
        ("E1,陈雨桐,taken@example.com", {"email": "This e-mail address belongs to somebody with another number."}),
        ("E1,陈雨桐,,,多余", {"department": "There is more on this line: “{text}”. Take it out."}),
        ("P9999,关", {"number": "This account is deactivated. An administrator can reactivate it."}),
    ],
)
def test_each_wrong_cell_says_what_is_wrong_with_it(
    alice: Person, create_person: CreatePerson, database: Database, text: str, wrong: dict[str, str]
) -> None:
    create_person("Taken", number="E77", email="taken@example.com")
    closed = create_person("关", number="P9999")
    with database.transaction() as db:
        deactivate_person(db, db.get_one(Person, closed.id), by=None, now=NOW)
        cohort = create_cohort(db, publish_course(db, create_course(), by=None, now=NOW), trainers=[alice])
        assert errors(judged(db, cohort, text)) == [wrong]


def test_two_lines_with_one_number_or_one_address_are_wrong_both(alice: Person, db: Session, cohort: Cohort) -> None:
    verdict = judged(db, cohort, "E1,甲,a@b.c\ne1,乙\nE3,丙,A@B.C")
    assert [set(each) for each in errors(verdict)] == [{"number", "email"}, {"number"}, {"email"}]
    assert [dict(s.values)["line"] for each in verdict.rows for s in each.errors.values()] == ["2", "3", "1", "1"]


def test_one_wrong_line_stops_the_whole_unless_it_is_left_out(alice: Person, db: Session, cohort: Cohort) -> None:
    text = "E1,甲\nE2,"
    assert isinstance(enrolled(db, cohort, alice, text), Verdict)
    assert numbers_in(db, cohort) == []
    came = enrolled(db, cohort, alice, text, leaving_out=True)
    assert isinstance(came, Enrolled)
    assert (came.counts["error"], numbers_in(db, cohort)) == (1, ["E1"])


def test_nobody_confirms_what_they_have_not_seen(alice: Person, db: Session, cohort: Cohort) -> None:
    seen, by = judged(db, cohort, "E1,甲").stamp, viewer_of(alice, "trainer")
    db.add(Person(number="E1", display_name="Somebody else", created_at=NOW))
    db.flush()
    came = confirm_roster(
        db, cohort, [RosterRow(1, "E1", "甲")], by=by, now=NOW, public_url="https://example.com", seen=seen
    )
    assert isinstance(came, Verdict)
    assert (fates(came), numbers_in(db, cohort)) == (["enrol"], [])


def test_whoever_was_withdrawn_comes_back_into_the_old_row(
    alice: Person, bob: Person, db: Session, cohort: Cohort
) -> None:
    enrolled(db, cohort, alice, "P0002,Bob")
    enrolment = db.scalars(select(Enrolment)).one()
    for _ in range(2):
        enrolling.withdraw(db, cohort, enrolment, by=alice.id, now=NOW)
    db.flush()
    assert (fates(judged(db, cohort, "P0002,Bob")), enrolment.revision) == (["back"], 1)
    enrolled(db, cohort, alice, "P0002,Bob")
    assert (numbers_in(db, cohort), enrolment.revision) == (["P0002"], 2)
    done = db.scalars(select(Audit.action).where(Audit.object_type == "enrolment").order_by(Audit.id)).all()
    assert done == ["enrolled", "withdrawn", "enrolled-again"]


def test_a_department_is_found_by_its_path_or_by_a_name_that_only_one_has(
    alice: Person, db: Session, cohort: Cohort
) -> None:
    made = {
        path: find_or_add_department(db, path, by=None, now=NOW).id for path in ("华东/上海", "华南/渠道", "华东/渠道")
    }
    for typed, meant in (
        ("华东／上海", "华东/上海"),
        ("上海", "华东/上海"),
        ("华南 > 渠道", "华南/渠道"),
    ):
        row = judged(db, cohort, f"E1,甲,,{typed}").rows[0]
        assert (row.department_id, dict(row.warnings)) == (made[meant], {})
    assert set(judged(db, cohort, "E1,甲,,渠道").rows[0].warnings) == {"department"}


def test_an_unknown_department_stays_empty_for_trainers_and_may_be_added_by_admins(
    ada: Person, alice: Person, bob: Person, db: Session, cohort: Cohort
) -> None:
    rows = read_text("E1,甲,,华东/上海\nE2,乙,,华东/上海").rows
    verdict = judge_roster(db, cohort, rows, adding=True)
    assert (fates(verdict), verdict.unknown_departments) == (["error", "error"], ("华东/上海",))
    by, to_add = viewer_of(ada, "admin"), ("华东/上海",)
    seen = judge_roster(db, cohort, rows, adding=True, to_add=to_add).stamp
    confirm_roster(db, cohort, rows, by=by, now=NOW, public_url="https://example.com", seen=seen, to_add=to_add)
    names = db.scalars(select(Department.name).order_by(Department.id)).all()
    assert (names, {person.department_id for person in db.scalars(select(Person)) if person.number[0] == "E"}) == (
        ["华东", "上海"],
        {2},
    )


def test_a_trainer_cannot_have_departments_added(alice: Person, db: Session, cohort: Cohort) -> None:
    rows = read_text("E1,甲,,华东").rows
    by, seen = viewer_of(alice, "trainer"), judged(db, cohort, "E1,甲,,华东").stamp
    confirm_roster(db, cohort, rows, by=by, now=NOW, public_url="https://example.com", seen=seen, to_add=("华东",))
    assert (db.scalars(select(Department)).all(), numbers_in(db, cohort)) == ([], ["E1"])


def test_an_archived_cohort_takes_nobody(alice: Person, db: Session, cohort: Cohort) -> None:
    archive_cohort(db, cohort, by=alice.id, now=NOW)
    with pytest.raises(UserError, match="archived"):
        enrolled(db, cohort, alice, "E1,甲")


def test_two_hundred_people_cost_as_many_statements_as_two(
    alice: Person, database: Database, db: Session, cohort: Cohort
) -> None:
    counts = []
    for first, last in ((0, 2), (2, 202)):
        text = "\n".join(f"E{number},甲{number},e{number}@example.com" for number in range(first, last))
        with statements_of(database) as seen:
            enrolled(db, cohort, alice, text)
            db.flush()
            members_of(db, cohort, now=NOW)
        counts.append(len([statement for statement in seen if not statement.startswith("INSERT")]))  # one a row
    assert (counts[0], len(members_of(db, cohort, now=NOW))) == (counts[1], 202)


def test_new_people_with_an_address_are_invited_by_mail_where_there_is_a_server(
    app: Flask, alice: Person, db: Session, cohort: Cohort, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "SMTP_URL", "smtp://mail.example.com:587")
    with app.app_context():
        came = enrolled(db, cohort, alice, LIST)
    db.flush()
    assert isinstance(came, Enrolled)
    mail = db.scalars(select(Outbox)).one().payload
    code = db.scalars(select(Invitation)).one()
    assert (came.mailed, mail["to"], "/join/" in mail["text"], code.purpose) == (
        1,
        "chen@example.com",
        True,
        "invitation",
    )
    assert "你已加入“十一月班”" in mail["text"]


def test_states_of_members(alice: Person, bob: Person, db: Session, cohort: Cohort, app: Flask) -> None:
    enrolled(db, cohort, alice, "E1,甲\nE2,乙\nE3,丙\nP0002,Bob\nP0001,Alice")
    people = {person.number: person for person in db.scalars(select(Person))}
    people["P0002"].password_hash = "x"
    with app.app_context():
        make_slips(db, [people["E1"]], by=alice.id, now=NOW)
    deactivate_person(db, people["E3"], by=None, now=NOW)
    db.flush()
    states = {m.number: (m.state, m.correctable, m.gets_slip) for m in members_of(db, cohort, now=NOW)}
    assert states == {
        "E1": ("invited", True, True),
        "E2": ("no-password", True, True),
        "E3": ("closed", False, False),
        "P0002": ("active", False, True),
        "P0001": ("no-password", False, False),  # a trainer: only admins make codes for people with roles
    }
    assert [person.number for person in people_for_slips(db, cohort, None)] == ["E1", "E2"]


def test_nobody_with_a_role_gets_a_slip_from_a_cohort(alice: Person, bob: Person, db: Session, cohort: Cohort) -> None:
    enrolled(db, cohort, alice, "P0002,Bob")
    enrolment = db.scalars(select(Enrolment)).one()
    assert people_for_slips(db, cohort, enrolment.id) == (db.get_one(Person, bob.id),)
    grant_role(db, db.get_one(Person, bob.id), "HR", by=None, now=NOW)
    for wanted in (enrolment.id, None, 999):
        with pytest.raises(UserError):
            people_for_slips(db, cohort, wanted)


def test_only_people_without_a_password_and_without_roles_are_corrected(
    alice: Person, bob: Person, db: Session, cohort: Cohort
) -> None:
    enrolled(db, cohort, alice, "P0002,Bob")
    enrolment = db.scalars(select(Enrolment)).one()
    person = correctable_person(db, cohort, enrolment.id)
    enrolling.correct_person(
        db, cohort, person, display_name=" 鲍 勃 ", email="Bob@Example.com", department_id=None, by=alice.id, now=NOW
    )
    assert (person.display_name, person.email) == ("鲍 勃", "bob@example.com")
    person.password_hash = "x"
    with pytest.raises(UserError, match="administrator"):
        correctable_person(db, cohort, enrolment.id)
    person.password_hash = None
    grant_role(db, person, "HR", by=None, now=NOW)
    with pytest.raises(UserError, match="administrator"):
        correctable_person(db, cohort, enrolment.id)


@pytest.mark.parametrize(("name", "email"), [("", ""), ("x\x07", ""), ("x" * 201, ""), ("乙", "no"), ("乙", "a@b.c")])
def test_a_correction_that_cannot_be_changes_nothing(
    alice: Person, db: Session, cohort: Cohort, name: str, email: str
) -> None:
    enrolled(db, cohort, alice, "E1,甲,a@b.c\nE2,乙")
    person = db.scalars(select(Person).where(Person.number == "E2")).one()
    with pytest.raises(UserError):
        enrolling.correct_person(
            db, cohort, person, display_name=name, email=email, department_id=None, by=alice.id, now=NOW
        )
    assert (person.display_name, person.email) == ("乙", None)


def test_a_new_address_makes_the_codes_that_went_to_the_old_one_worthless(
    app: Flask, alice: Person, db: Session, cohort: Cohort
) -> None:
    enrolled(db, cohort, alice, "E1,甲,a@b.c")
    person = db.scalars(select(Person).where(Person.number == "E1")).one()
    with app.app_context():
        make_slips(db, [person], by=alice.id, now=NOW)
    for email, ended in (("a@b.c", False), ("b@b.c", True)):
        enrolling.correct_person(
            db, cohort, person, display_name="甲", email=email, department_id=None, by=alice.id, now=NOW
        )
        db.expire_all()
        assert (db.scalars(select(Invitation)).one().ended_at is not None) == ended


def test_an_enrolment_of_another_cohort_is_not_found(alice: Person, bob: Person, db: Session, cohort: Cohort) -> None:
    other = create_cohort(db, publish_course(db, create_course(), by=None, now=NOW), trainees=[bob])
    enrolment = db.scalars(select(Enrolment).where(Enrolment.cohort_id == other.id)).one()
    assert enrolment_in(db, other, enrolment.id) is enrolment
    with pytest.raises(NotFound):
        enrolment_in(db, cohort, enrolment.id)
