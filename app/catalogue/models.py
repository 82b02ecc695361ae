"""Published courses. A version is written once and never changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import CheckConstraint, Connection, ForeignKey, String, Text, UniqueConstraint, event, inspect
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship

from app.db import Base, kept

Origin = Literal["shipped", "draft"]


def _public(purpose: str) -> dict[str, Any]:
    return kept(
        purpose, readers="everyone", until="kept for good: enrolments and certificates refer to it", erasure="keep"
    )


class PublishedCourse(Base):
    __tablename__ = "published_course"

    id: Mapped[int] = mapped_column(primary_key=True, info=_public("identifies the course"))
    slug: Mapped[str] = mapped_column(String(100), unique=True, info=_public("names the course in addresses"))
    withdrawn_at: Mapped[datetime | None] = mapped_column(info=_public("takes the course out of the catalogue"))

    versions: Mapped[list[CourseVersion]] = relationship(
        back_populates="course", order_by="CourseVersion.number", lazy="raise"
    )


class CourseVersion(Base):
    __tablename__ = "course_version"
    __table_args__ = (
        UniqueConstraint("course_id", "number"),
        CheckConstraint("number > 0", name="number_is_positive"),
        CheckConstraint("origin IN ('shipped', 'draft')", name="origin_is_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, info=_public("identifies the version"))
    course_id: Mapped[int] = mapped_column(ForeignKey("published_course.id"), info=_public("the course it is one of"))
    number: Mapped[int] = mapped_column(info=_public("counts the versions of a course from 1"))
    digest: Mapped[str] = mapped_column(String(64), info=_public("SHA-256 of the compiled course: its key in caches"))
    origin: Mapped[str] = mapped_column(String(10), info=_public("whether shipped files may replace it"))
    title: Mapped[str] = mapped_column(info=_public("names the course in lists"))
    # Deferred: whoever has the course in memory by its digest need not read it again.
    compiled: Mapped[str] = mapped_column(
        Text,
        deferred=True,
        info=kept(
            "the course as it was compiled, with the keys of its exercises",
            readers="author, trainer",
            until="kept for good: answers refer to it",
            erasure="keep",
        ),
    )
    files: Mapped[dict[str, Any]] = mapped_column(
        deferred=True,
        info=kept(
            "path of every source file → its key in the file store",
            readers="author, trainer",
            until="kept for good: the text behind what was taught",
            erasure="keep",
        ),
    )
    published_at: Mapped[datetime] = mapped_column(info=_public("the date on every printed page"))
    published_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id"),
        info=kept(
            "who answers for it", readers="author, admin", until="person erased", export=True, erasure="anonymise"
        ),
    )  # None: it came with the product, or who published it was erased

    course: Mapped[PublishedCourse] = relationship(back_populates="versions", lazy="raise")


@event.listens_for(CourseVersion, "before_update")
def _refuse_changes(_mapper: Mapper[CourseVersion], _connection: Connection, version: CourseVersion) -> None:
    # Forgetting who published it is the one change there is; it changes nothing that anybody was taught.
    changed = {a.key for a in inspect(version).attrs if a.history.has_changes()} - {"published_by_id"}
    if changed:
        raise PermissionError(f"a published version is never changed: {', '.join(sorted(changed))}")


@event.listens_for(CourseVersion, "before_delete")
def _refuse_removal(_mapper: Mapper[CourseVersion], _connection: Connection, version: CourseVersion) -> None:
    raise PermissionError(f"a published version is never removed: {version.digest[:12]}")
