"""Issuing, issuing anew and revoking: once, for whoever completed, and frozen."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.accounts.models import Audit, Person
from app.assessment.assigning import release_results
from app.certificates.actions import (
    issue_certificate,
    issue_certificates,
    reissue_certificate,
    revoke_certificate,
)
from app.certificates.codes import is_whole
from app.certificates.models import Certificate
from app.certificates.queries import certificates_of_person
from app.certificates.snapshots import Snapshot
from app.cohorts.models import Cohort, Enrolment
from app.db import Database
from app.errors import Mistyped, NotAllowed, UserError
from tests.catalogue.samples import HIERARCHY, create_course
from tests.certificates.samples import (
    ISSUER,
    create_certificate,
    create_graduates,
    enrolments_of,
    name_organisation,
    set_outcome,
)
from tests.cohorts.samples import MONDAY
from tests.conftest import NOW, statements_of


@pytest.fixture
def cohort(db: Session, bob: Person, charlie: Person) -> Cohort:
    name_organisation(db)
    return create_graduates(db, [bob, charlie])


def states(db: Session, person: Person) -> list[tuple[int, str]]:
    return [(row.issue, row.state) for row in certificates_of_person(db, person.id)]


def test_a_certificate_holds_what_was_true_when_it_was_issued(db: Session, cohort: Cohort, bob: Person) -> None:
    enrolment = enrolments_of(db, cohort)[0]
    issued = issue_certificate(db, enrolment, by=None, now=NOW)
    snapshot = Snapshot.model_validate(issued.snapshot)
    assert is_whole(issued.code)
    assert (issued.issue, snapshot.name, snapshot.course, snapshot.version) == (1, "Bob", "线索与需求", 1)
    assert (snapshot.cohort, snapshot.first_day, snapshot.last_day) == ("十一月班", MONDAY, MONDAY)
    assert (snapshot.taught_minutes, snapshot.attended_minutes) == (135, 120)
    assert (snapshot.handed_in, snapshot.required) == (1, 1)
    assert (snapshot.earned, snapshot.possible) == (Fraction(9, 2), Fraction(6))
    assert (snapshot.completed_on, snapshot.issued_on, snapshot.valid_until) == (MONDAY, date(2026, 11, 23), None)
    assert (snapshot.issuer, snapshot.language, snapshot.design) == (ISSUER, "zh-CN", "classic")


def test_the_day_of_issue_is_that_of_the_organisation(db: Session, cohort: Cohort) -> None:
    late = NOW.replace(hour=17)  # after midnight in Shanghai
    issued = issue_certificate(db, enrolments_of(db, cohort)[0], by=None, now=late)
    assert Snapshot.model_validate(issued.snapshot).issued_on == late.date() + timedelta(days=1)


def test_renaming_changes_no_certificate(db: Session, bob: Person) -> None:
    issued = create_certificate(db, bob)
    db.execute(update(Person).where(Person.id == bob.id).values(display_name="Robert"))
    db.expire_all()
    (row,) = certificates_of_person(db, bob.id)
    assert (row.name, row.code) == ("Bob", issued.code)


def test_issuing_twice_gives_the_same(db: Session, cohort: Cohort) -> None:
    enrolment = enrolments_of(db, cohort)[0]
    assert (
        issue_certificate(db, enrolment, by=None, now=NOW).id == issue_certificate(db, enrolment, by=None, now=NOW).id
    )
    assert db.scalar(select(func.count()).select_from(Certificate)) == 1


@pytest.mark.parametrize("outcome", ["open", "withdrawn"])
def test_who_has_not_completed_gets_none(db: Session, cohort: Cohort, outcome: Any) -> None:
    enrolment = enrolments_of(db, cohort)[0]
    set_outcome(db, enrolment, cohort, outcome)
    with pytest.raises(UserError, match="Bob gets no certificate: they have not completed the course"):
        issue_certificate(db, enrolment, by=None, now=NOW)


def test_nobody_issues_without_an_issuer(db: Session, bob: Person) -> None:
    cohort = create_graduates(db, [bob])
    with pytest.raises(UserError, match="Nobody has said who issues"):
        issue_certificates(db, cohort, by=None, now=NOW)


def test_issuing_anew_supersedes(db: Session, bob: Person) -> None:
    first = create_certificate(db, bob)
    db.execute(update(Person).where(Person.id == bob.id).values(display_name="Robert"))
    second = reissue_certificate(db, first, by=None, now=NOW)
    assert Snapshot.model_validate(second.snapshot).name == "Robert"
    assert first.code != second.code
    assert states(db, bob) == [(2, "valid"), (1, "superseded")]
    with pytest.raises(UserError, match="A newer certificate was issued"):
        reissue_certificate(db, first, by=None, now=NOW)


def test_a_revoked_one_stays_revoked_and_another_can_be_issued(db: Session, bob: Person) -> None:
    first = create_certificate(db, bob)
    revoke_certificate(db, first, " name \n wrong ", by=None, now=NOW)
    assert (first.revoked_at, first.revoke_reason) == (NOW, "name wrong")
    revoke_certificate(db, first, "again", by=None, now=NOW + timedelta(days=1))
    assert (first.revoked_at, first.revoke_reason) == (NOW, "name wrong")
    enrolment = db.get_one(Enrolment, first.enrolment_id)
    second = issue_certificate(db, enrolment, by=None, now=NOW)
    assert second.issue == 2
    assert states(db, bob) == [(2, "valid"), (1, "revoked")]


@pytest.mark.parametrize("reason", ["", " ", "x" * 501, "a\u202eb"])
def test_revoking_wants_a_reason(db: Session, bob: Person, reason: str) -> None:
    with pytest.raises(Mistyped, match="Say why"):
        revoke_certificate(db, create_certificate(db, bob), reason, by=None, now=NOW)


def test_only_hr_issues_and_revokes(db: Session, database: Database, cohort: Cohort, create_person: Any) -> None:
    certificate = issue_certificate(db, enrolments_of(db, cohort)[0], by=None, now=NOW)
    db.commit()
    trainer, admin, hana = (
        create_person("T", roles=("trainer",)),
        create_person("A", roles=("admin",)),
        create_person("H", roles=("HR",)),
    )
    for person in (trainer, admin):
        with pytest.raises(NotAllowed):
            issue_certificates(db, cohort, by=person.id, now=NOW)
        with pytest.raises(NotAllowed):
            reissue_certificate(db, certificate, by=person.id, now=NOW)
        with pytest.raises(NotAllowed):
            revoke_certificate(db, certificate, "why", by=person.id, now=NOW)
    assert len(issue_certificates(db, cohort, by=hana.id, now=NOW).certificates) == 1
    revoke_certificate(db, certificate, "why", by=hana.id, now=NOW)
    seen = db.execute(select(Audit.action, Audit.by_id).where(Audit.object_type == "certificate").order_by(Audit.id))
    assert [tuple(row) for row in seen] == [
        ("certificate-issued", None),
        ("certificate-issued", hana.id),
        ("certificate-revoked", hana.id),
    ]


def test_a_cohort_gets_theirs_once_and_who_was_revoked_is_asked_about(db: Session, cohort: Cohort, bob: Person) -> None:
    first, second = issue_certificates(db, cohort, by=None, now=NOW).certificates
    assert issue_certificates(db, cohort, by=None, now=NOW).certificates == ()
    revoke_certificate(db, first, "wrong", by=None, now=NOW)
    assert issue_certificates(db, cohort, by=None, now=NOW).certificates == ()
    both = {first.enrolment_id, second.enrolment_id}
    (again,) = issue_certificates(db, cohort, by=None, now=NOW, only=both).certificates
    assert (again.enrolment_id, again.issue) == (first.enrolment_id, 2)


def test_one_name_that_cannot_be_printed_spoils_no_batch(
    db: Session, cohort: Cohort, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.certificates.actions.unprintable", lambda paper: "𠮷" if paper.name == "Bob" else "")
    done = issue_certificates(db, cohort, by=None, now=NOW)
    assert [Snapshot.model_validate(each.snapshot).name for each in done.certificates] == ["Charlie"]
    (told,) = done.left_out
    assert dict(told.values) == {"name": "Bob", "character": "𠮷"}


def test_those_asked_for_who_are_not_through_are_told(db: Session, cohort: Cohort) -> None:
    first, second = enrolments_of(db, cohort)
    set_outcome(db, first, cohort, "open")
    done = issue_certificates(db, cohort, by=None, now=NOW, only={first.id, second.id})
    assert [each.enrolment_id for each in done.certificates] == [second.id]
    assert [dict(told.values) for told in done.left_out] == [{"name": "Bob"}]


def test_what_was_issued_never_changes(db: Session, bob: Person) -> None:
    certificate = create_certificate(db, bob)
    certificate.snapshot = {**certificate.snapshot, "name": "Mallory"}
    with pytest.raises(TypeError, match="never changed"):
        db.flush()


def test_a_cohort_is_issued_in_as_many_statements_as_one_person(
    db: Session, database: Database, create_person: Any
) -> None:
    name_organisation(db)
    small = create_graduates(db, [])
    db.commit()
    people = [create_person(f"N{number}") for number in range(12)]
    large = create_graduates(db, people[:10], name="大班")
    small = create_graduates(db, people[10:], name="小班")
    counts = []
    for cohort in (small, large):
        with statements_of(database) as seen:
            issue_certificates(db, cohort, by=None, now=NOW)
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_completion_is_worked_out_before_anything_is_issued(db: Session, cohort: Cohort) -> None:
    """Somebody changed the attendance since: what the row says is not what is true."""
    db.execute(update(Enrolment).values(revision=Enrolment.revision + 1))
    db.expire_all()
    with pytest.raises(UserError, match="they have not completed the course"):
        issue_certificate(db, enrolments_of(db, cohort)[0], by=None, now=NOW)
    assert issue_certificates(db, cohort, by=None, now=NOW).certificates == ()


def test_who_still_waits_for_completion_gets_none_yet(
    db: Session, cohort: Cohort, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.certificates.actions.refresh", lambda _db, **_: 0)
    first, second = enrolments_of(db, cohort)
    db.execute(update(Enrolment).where(Enrolment.id == first.id).values(revision=Enrolment.revision + 1))
    db.expire_all()
    done = issue_certificates(db, cohort, by=None, now=NOW, only={first.id, second.id})
    assert [each.enrolment_id for each in done.certificates] == [second.id]
    assert "completion is being worked out" in done.left_out[0].text


def test_a_cohort_without_room_on_the_paper_is_told_before_anything_is_issued(db: Session, bob: Person) -> None:
    name_organisation(db)
    done = issue_certificates(db, create_graduates(db, [bob], name="班" * 200), by=None, now=NOW)
    assert done.certificates == ()
    assert "has no room" in done.left_out[0].text


@pytest.mark.parametrize("feedback", ["on_release", "after_close"])
def test_no_certificate_tells_points_before_they_are_released(
    db: Session, bob: Person, alice: Person, feedback: str
) -> None:
    name_organisation(db)
    course = create_course(exercises={"needs": {**HIERARCHY, "feedback": feedback}})
    cohort = create_graduates(db, [bob], course=course)
    (enrolment,) = enrolments_of(db, cohort)
    with pytest.raises(UserError, match="not out yet"):
        issue_certificate(db, enrolment, by=None, now=NOW)
    with pytest.raises(UserError, match="not out yet"):
        issue_certificates(db, cohort, by=None, now=NOW)
    release_results(db, cohort, "needs", release=True, by=alice.id, now=NOW)
    first = issue_certificate(db, enrolment, by=None, now=NOW)
    release_results(db, cohort, "needs", release=False, by=alice.id, now=NOW)
    assert issue_certificate(db, enrolment, by=None, now=NOW) == first
    with pytest.raises(UserError, match="not out yet"):
        reissue_certificate(db, first, by=None, now=NOW)
    cohort.archived_at = NOW  # nothing is released any more
    db.flush()
    assert reissue_certificate(db, first, by=None, now=NOW).issue == 2
