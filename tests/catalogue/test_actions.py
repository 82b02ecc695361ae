from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import Audit, Person
from app.catalogue.actions import newest_of, publish_course
from app.catalogue.models import CourseVersion, PublishedCourse
from app.catalogue.queries import course_of
from tests.catalogue.samples import create_course
from tests.conftest import NOW


def rows(db: Session) -> tuple[int, int]:
    """How many courses, how many versions."""
    courses = db.scalar(select(func.count()).select_from(PublishedCourse)) or 0
    return courses, db.scalar(select(func.count()).select_from(CourseVersion)) or 0


def test_publishing_makes_version_one(db: Session, alice: Person) -> None:
    version = publish_course(db, create_course(), by=alice.id, now=NOW)

    assert (version.number, version.digest, version.origin) == (1, create_course().digest, "draft")
    assert (version.published_at, version.published_by_id, version.title) == (NOW, alice.id, "线索与需求")
    assert course_of(version) == create_course()


def test_the_same_content_is_the_same_version(db: Session, alice: Person) -> None:
    first = publish_course(db, create_course(), by=alice.id, now=NOW)
    again = publish_course(db, create_course(), by=None, now=NOW + timedelta(days=1))

    assert again is first
    assert rows(db) == (1, 1)
    assert db.scalars(select(Audit.action).where(Audit.object_type == "course_version")).all() == ["course-published"]


def test_other_content_is_the_next_version_and_the_first_stays(db: Session) -> None:
    first = publish_course(db, create_course(), by=None, now=NOW)
    second = publish_course(db, create_course(title="另一个题目"), by=None, now=NOW)

    assert (second.number, newest_of(db, "leads")) == (2, second)
    assert course_of(first).title == "线索与需求"


def test_content_that_comes_back_is_the_newest_again(db: Session) -> None:
    for title in ("甲", "乙", "甲"):
        newest = publish_course(db, create_course(title=title), by=None, now=NOW)

    assert (newest.number, newest.title, rows(db)) == (3, "甲", (1, 3))


@pytest.mark.parametrize(
    "change", [{"title": "改了"}, {"compiled": "{}"}, {"digest": "0" * 64}, {"number": 9}, {"published_at": NOW}]
)
def test_a_version_is_never_changed(db: Session, change: dict[str, object]) -> None:
    version = publish_course(db, create_course(), by=None, now=NOW - timedelta(days=1))
    for name, value in change.items():
        setattr(version, name, value)

    with pytest.raises(PermissionError, match="never changed"):
        db.flush()


def test_a_version_is_never_removed(db: Session) -> None:
    db.delete(publish_course(db, create_course(), by=None, now=NOW))

    with pytest.raises(PermissionError, match="never removed"):
        db.flush()


def test_who_published_it_can_be_forgotten(db: Session, alice: Person) -> None:
    version = publish_course(db, create_course(), by=alice.id, now=NOW)
    version.published_by_id = None
    db.flush()

    assert db.scalar(select(CourseVersion.published_by_id)) is None
