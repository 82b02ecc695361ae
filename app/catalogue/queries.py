"""Reading the catalogue: what one viewer may see of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session, contains_eager

from app.catalogue.models import CourseVersion, PublishedCourse
from app.catalogue.rendered import Recent
from app.catalogue.rules import may_read, teaches
from app.courses.clock_times import hours_in_digits
from app.courses.documents import DocumentName, Imprint, trainee_pictures
from app.courses.outline import Course, Media
from app.courses.timetable import Timetable, compile_timetable
from app.errors import NotFound
from app.web.guards import NOTHING_HERE
from app.web.language import HOME_ZONE
from app.web.viewing import Viewer
from app.words import Language

# Built once: every page of a course asks it.
_NEWEST = (
    select(CourseVersion)
    .join(CourseVersion.course)
    .options(contains_eager(CourseVersion.course))
    .where(PublishedCourse.slug == bindparam("slug"), PublishedCourse.withdrawn_at.is_(None))
    .order_by(CourseVersion.number.desc())
    .limit(1)
)
_NUMBERED = (
    select(CourseVersion)
    .join(CourseVersion.course)
    .options(contains_eager(CourseVersion.course))
    .where(PublishedCourse.slug == bindparam("slug"), CourseVersion.number == bindparam("number"))
)
_LATEST = select(CourseVersion.course_id, func.max(CourseVersion.number).label("number")).group_by(
    CourseVersion.course_id
)
_LATEST_ROWS = _LATEST.subquery()
_CATALOGUE = (
    select(CourseVersion)
    .join(CourseVersion.course)
    .options(contains_eager(CourseVersion.course))
    .join(
        _LATEST_ROWS,
        (_LATEST_ROWS.c.course_id == CourseVersion.course_id) & (_LATEST_ROWS.c.number == CourseVersion.number),
    )
    .where(PublishedCourse.withdrawn_at.is_(None))
    .order_by(CourseVersion.title)
)
_COURSES: Recent[Course] = Recent(64)
_TIMETABLES: Recent[Timetable] = Recent(64)
_TRAINEE_PICTURES: Recent[frozenset[str]] = Recent(64)


@dataclass(frozen=True)
class CatalogueEntry:
    """A course as the list of courses shows it."""

    slug: str
    title: str
    language: Language
    audience: tuple[str, ...]
    objectives: tuple[str, ...]
    days: int
    taught: int
    """Minutes net of breaks."""
    exercises: int
    number: int
    published_at: datetime

    @property
    def hours(self) -> str:
        """To a tenth, as people write it."""
        return hours_in_digits(self.taught)


def newest_version(
    db: Session,
    viewer: Viewer,  # noqa: ARG001 -- everybody may read the catalogue; whoever narrows that begins here
    slug: str,
    *,
    number: int | None = None,
) -> CourseVersion:
    """The newest version of a course in the catalogue, or the one with a number, which cohorts stay with.

    Raises NotFound.
    """
    wanted = _NEWEST if number is None else _NUMBERED
    version = None if "\0" in slug else db.scalars(wanted, {"slug": slug, "number": number}).first()  # no NUL there
    if version is None:
        raise NotFound(NOTHING_HERE)
    return version


def version_for_document(
    db: Session, viewer: Viewer, slug: str, document: DocumentName, *, number: int | None = None
) -> CourseVersion:
    """The version to read a document of. Raises NotFound: the same whether course or right is missing."""
    if not may_read(viewer.roles, document):
        raise NotFound(NOTHING_HERE)
    return newest_version(db, viewer, slug, number=number)


def picture_for(db: Session, viewer: Viewer, slug: str, path: str, *, number: int | None = None) -> Media:
    """A picture of a course; trainees get those that stand in what they may read. Raises NotFound."""
    course = course_of(newest_version(db, viewer, slug, number=number))
    shown = course.media if teaches(viewer.roles) else course.media.keys() & trainee_pictures_of(course)
    if path not in shown:
        raise NotFound(NOTHING_HERE)
    return course.media[path]


def catalogue_for(db: Session, viewer: Viewer) -> tuple[CatalogueEntry, ...]:  # noqa: ARG001 -- cohorts will narrow it
    """The newest version of every course, by title."""
    return tuple(_entry(version) for version in db.scalars(_CATALOGUE))


def course_of(version: CourseVersion) -> Course:
    """The course of a version, kept in memory by digest: a version never changes."""
    return _COURSES.get(version.digest, lambda: Course.from_json(json.loads(version.compiled)))


def timetable_of(course: Course) -> Timetable:
    """The compiled timetable of a published course, kept in memory."""
    return _TIMETABLES.get(course.digest, lambda: compile_timetable(course))


def trainee_pictures_of(course: Course) -> frozenset[str]:
    """The paths of pictures in what trainees may read, kept in memory."""
    return _TRAINEE_PICTURES.get(course.digest, lambda: trainee_pictures(course))


def imprint_of(version: CourseVersion) -> Imprint:
    """Number and date of publication as they are printed."""
    return Imprint(version.number, version.published_at.astimezone(HOME_ZONE).date())


def _entry(version: CourseVersion) -> CatalogueEntry:
    course = course_of(version)
    timetable = timetable_of(course)
    return CatalogueEntry(
        version.course.slug,
        course.title,
        course.language,
        audience=course.audience,
        objectives=course.objectives,
        days=len(timetable.days),
        taught=timetable.taught,
        exercises=len(course.exercise_slugs),
        number=version.number,
        published_at=version.published_at,
    )
