"""Publishing a course: the one way to a version."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.actions import record
from app.catalogue.models import CourseVersion, Origin, PublishedCourse
from app.courses.outline import Course
from app.db import one_at_a_time

PUBLISHING = "publishing"
"""The turn that is taken before versions are counted."""


def publish_course(
    db: Session,
    course: Course,
    *,
    by: int | None,
    now: datetime,
    origin: Origin = "draft",
    files: Mapping[str, str] | None = None,
) -> CourseVersion:
    """The newest version of this course: a new one exactly if its content differs from the one before.

    `by` is a person's id, None for the command line and for what comes with the product. `files`: path of every
    source file → its key in the file store.
    """
    one_at_a_time(db, PUBLISHING)
    published = _published(db, course.slug)
    newest = newest_of(db, course.slug)
    if newest is not None and newest.digest == course.digest:
        return newest
    version = CourseVersion(
        course_id=published.id,
        number=newest.number + 1 if newest else 1,
        digest=course.digest,
        origin=origin,
        title=course.title,
        compiled=json.dumps(course.model_dump(mode="json"), ensure_ascii=False),
        files=dict(files or {}),
        published_at=now,
        published_by_id=by,
    )
    db.add(version)
    db.flush()
    record(db, "course-published", CourseVersion, object_id=version.id, by=by, now=now, digest=course.digest)
    return version


def newest_of(db: Session, slug: str) -> CourseVersion | None:
    """The newest version under this slug, withdrawn or not."""
    newest_first = CourseVersion.number.desc()
    found = select(CourseVersion).join(CourseVersion.course).where(PublishedCourse.slug == slug).order_by(newest_first)
    return db.scalars(found.limit(1)).first()


def _published(db: Session, slug: str) -> PublishedCourse:
    """The row of a course, made when it has none."""
    published = db.scalars(select(PublishedCourse).where(PublishedCourse.slug == slug)).first()
    if published is None:
        published = PublishedCourse(slug=slug)
        db.add(published)
        db.flush()
    return published
