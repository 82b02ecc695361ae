"""The tables of people: who they are, what they may, where they are signed in, and what was done about it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Connection, ForeignKey, Index, String, event, false, text, true
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship

from app.db import Base, kept
from app.web.viewing import ROLES
from app.words import LANGUAGES

PURPOSES = ("invitation", "reset")


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN {values}"  # a tuple of plain words reads the same in SQL


class Department(Base):
    """A part of the organisation, inside another or on its own."""

    __tablename__ = "department"

    id: Mapped[int] = mapped_column(
        primary_key=True,
        info=kept("names the row", readers="everyone", until="department removed", erasure="keep"),
    )
    name: Mapped[str] = mapped_column(
        String(200),
        info=kept("what the department is called", readers="everyone", until="department removed", erasure="keep"),
    )
    parent_id: Mapped[int | None] = mapped_column(
        ForeignKey("department.id"),
        index=True,
        info=kept("the department above it", readers="everyone", until="department removed", erasure="keep"),
    )


_MOVED = text("moved")


class Person(Base):
    """Whoever signs in or takes part."""

    __tablename__ = "person"
    __table_args__ = (
        CheckConstraint(_one_of("language", LANGUAGES), name="language_known"),
        Index("ix_person_moved", "id", sqlite_where=_MOVED, postgresql_where=_MOVED),
        # For what a name or number begins with, whatever the database's order of letters.
        Index("ix_person_number_begins", "number", postgresql_ops={"number": "varchar_pattern_ops"}),
        Index("ix_person_display_name_begins", "display_name", postgresql_ops={"display_name": "varchar_pattern_ops"}),
    )

    id: Mapped[int] = mapped_column(
        primary_key=True,
        info=kept("names the row", readers="everyone", until="person erased", export=True, erasure="keep"),
    )
    number: Mapped[str] = mapped_column(
        String(64),
        unique=True,
        info=kept(
            "工号, how the organisation knows the person and how they sign in",
            readers="the person, trainers of theirs, HR, admin",
            until="person erased",
            export=True,
            erasure="anonymise",
        ),
    )
    display_name: Mapped[str] = mapped_column(
        String(200),
        info=kept(
            "what the person is called",
            readers="the person, people in the same cohort, HR, admin",
            until="person erased",
            export=True,
            erasure="anonymise",
        ),
    )
    email: Mapped[str | None] = mapped_column(  # lower case, so that one address is one row
        String(254),
        unique=True,
        info=kept(
            "signs in and gets mail", readers="the person, admin", until="person erased", export=True, erasure="delete"
        ),
    )
    password_hash: Mapped[str | None] = mapped_column(  # None: cannot sign in by password
        String(200),
        info=kept("argon2id of the password", readers="nobody", until="person erased", erasure="delete"),
    )
    language: Mapped[str | None] = mapped_column(  # None: as the browser asks
        String(10),
        info=kept(
            "the language of their pages", readers="the person", until="person erased", export=True, erasure="delete"
        ),
    )
    course_mail: Mapped[bool] = mapped_column(
        default=True,
        server_default=true(),
        info=kept(
            "whether they want mail about their courses",
            readers="the person",
            until="person erased",
            export=True,
            erasure="delete",
        ),
    )
    department_id: Mapped[int | None] = mapped_column(
        ForeignKey("department.id"),
        index=True,
        info=kept(
            "where the person works",
            readers="the person, trainers of theirs, HR, admin",
            until="person erased",
            export=True,
            erasure="delete",
        ),
    )
    moved: Mapped[bool] = mapped_column(  # set by move_person, and by nothing else
        server_default=false(),
        info=kept("whether lists by department have yet to follow", readers="nobody", until="a minute", erasure="keep"),
    )
    active: Mapped[bool] = mapped_column(
        default=True,
        info=kept("whether they may sign in", readers="HR, admin", until="person erased", export=True, erasure="keep"),
    )
    created_at: Mapped[datetime] = mapped_column(
        info=kept("when the account was made", readers="HR, admin", until="person erased", export=True, erasure="keep"),
    )

    department: Mapped[Department | None] = relationship(lazy="raise")


class Role(Base):
    """A right that a person was given, by whom and when."""

    __tablename__ = "role"
    __table_args__ = (CheckConstraint(_one_of("role", ROLES), name="role_known"),)

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"),
        primary_key=True,
        info=kept("whose role it is", readers="the person, admin", until="role revoked", export=True, erasure="delete"),
    )
    role: Mapped[str] = mapped_column(
        String(20),
        primary_key=True,
        info=kept("which right", readers="the person, admin", until="role revoked", export=True, erasure="delete"),
    )
    granted_by_id: Mapped[int | None] = mapped_column(  # None: at the server's command line
        ForeignKey("person.id"),
        info=kept("who gave it", readers="the person, admin", until="role revoked", export=True, erasure="delete"),
    )
    granted_at: Mapped[datetime] = mapped_column(
        info=kept(
            "when it was given", readers="the person, admin", until="role revoked", export=True, erasure="delete"
        ),
    )


class SignIn(Base):
    """A person's open door to the product. The browser holds a random id, this row its hash."""

    __tablename__ = "sign_in"

    id_hash: Mapped[str] = mapped_column(
        String(64),
        primary_key=True,
        info=kept("finds the door by its id", readers="nobody", until="30 days after it ended", erasure="delete"),
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"),
        index=True,
        info=kept("who came in", readers="the person", until="30 days after it ended", export=True, erasure="delete"),
    )
    created_at: Mapped[datetime] = mapped_column(
        info=kept(
            "ends it after 30 days", readers="the person", until="30 days after it ended", export=True, erasure="delete"
        ),
    )
    last_seen_at: Mapped[datetime] = mapped_column(  # to the quarter of an hour
        info=kept(
            "ends it after 12 idle hours",
            readers="the person",
            until="30 days after it ended",
            export=True,
            erasure="delete",
        ),
    )
    ended_at: Mapped[datetime | None] = mapped_column(
        index=True,
        info=kept(
            "closes it for good", readers="the person", until="30 days after it ended", export=True, erasure="delete"
        ),
    )
    user_agent: Mapped[str] = mapped_column(
        String(120),
        info=kept(
            "lets the person tell their devices apart",
            readers="the person",
            until="30 days after it ended",
            export=True,
            erasure="delete",
        ),
    )


class Invitation(Base):
    """A one-time way to a password: a code on a slip or in a mail. Its row holds the hash."""

    __tablename__ = "invitation"
    __table_args__ = (CheckConstraint(_one_of("purpose", PURPOSES), name="purpose_known"),)

    code_hash: Mapped[str] = mapped_column(
        String(64),
        primary_key=True,
        info=kept(
            "finds the invitation by its code", readers="nobody", until="30 days after it ended", erasure="delete"
        ),
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"),
        index=True,
        info=kept(
            "who may use it", readers="the person, admin", until="30 days after it ended", export=True, erasure="delete"
        ),
    )
    purpose: Mapped[str] = mapped_column(
        String(20),
        info=kept(
            "first password or a forgotten one",
            readers="the person, admin",
            until="30 days after it ended",
            export=True,
            erasure="delete",
        ),
    )
    created_at: Mapped[datetime] = mapped_column(
        info=kept(
            "when it was made",
            readers="the person, admin",
            until="30 days after it ended",
            export=True,
            erasure="delete",
        ),
    )
    created_by_id: Mapped[int | None] = mapped_column(  # None: asked for at the door, or at the command line
        ForeignKey("person.id"),
        info=kept(
            "who made it", readers="the person, admin", until="30 days after it ended", export=True, erasure="anonymise"
        ),
    )
    expires_at: Mapped[datetime] = mapped_column(
        index=True,
        info=kept(
            "until when it works",
            readers="the person, admin",
            until="30 days after it ended",
            export=True,
            erasure="delete",
        ),
    )
    ended_at: Mapped[datetime | None] = mapped_column(  # used, or replaced by a newer one
        info=kept(
            "closes it for good",
            readers="the person, admin",
            until="30 days after it ended",
            export=True,
            erasure="delete",
        ),
    )


class Organisation(Base):
    """Whose installation this is: one row, made by the first change."""

    __tablename__ = "organisation"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(
        primary_key=True, info=kept("there is one", readers="everyone", until="kept for good", erasure="keep")
    )
    name: Mapped[str] = mapped_column(
        String(200),
        default="",
        info=kept("stands on pages and paper", readers="everyone", until="kept for good", erasure="keep"),
    )
    zone: Mapped[str] = mapped_column(
        String(64),
        default="Asia/Shanghai",
        info=kept("IANA zone that moments are shown in", readers="everyone", until="kept for good", erasure="keep"),
    )
    logo: Mapped[str | None] = mapped_column(  # re-encoded as PNG; None: none
        String(64),
        info=kept("key of the logo in the file store", readers="everyone", until="kept for good", erasure="keep"),
    )
    sender: Mapped[str] = mapped_column(
        String(254),
        default="",
        info=kept("the address mails come from", readers="everyone", until="kept for good", erasure="keep"),
    )


class Throttle(Base):
    """How many tries to come in failed lately, for one account, one address, or everywhere."""

    __tablename__ = "throttle"

    key: Mapped[str] = mapped_column(
        String(80),
        primary_key=True,
        info=kept("hash of what is counted", readers="nobody", until="1 day", erasure="keep"),
    )
    failures: Mapped[float] = mapped_column(
        info=kept("failed tries, fading with time", readers="nobody", until="1 day", erasure="keep"),
    )
    updated_at: Mapped[datetime] = mapped_column(
        index=True,
        info=kept("the time of the last one", readers="nobody", until="1 day", erasure="keep"),
    )


class Audit(Base):
    """What was done, by whom, to what. Rows are added and never changed."""

    __tablename__ = "audit"
    __table_args__ = (Index(None, "object_type", "object_id"),)

    id: Mapped[int] = mapped_column(
        primary_key=True, info=kept("keeps the order", readers="admin", until="5 years", erasure="keep")
    )
    at: Mapped[datetime] = mapped_column(
        index=True, info=kept("when it was done", readers="admin", until="5 years", export=True, erasure="keep")
    )
    by_id: Mapped[int | None] = mapped_column(  # None: at the server's command line, or by the program itself
        ForeignKey("person.id"),
        index=True,
        info=kept("who did it", readers="admin", until="5 years", export=True, erasure="keep"),
    )
    action: Mapped[str] = mapped_column(
        String(60), info=kept("what was done", readers="admin", until="5 years", export=True, erasure="keep")
    )
    object_type: Mapped[str] = mapped_column(
        String(60), info=kept("to what kind of thing", readers="admin", until="5 years", export=True, erasure="keep")
    )
    object_id: Mapped[str] = mapped_column(
        String(80), info=kept("to which one", readers="admin", until="5 years", export=True, erasure="keep")
    )
    details: Mapped[dict[str, Any]] = mapped_column(  # ids and words of ours, never a person's text
        info=kept("with what", readers="admin", until="5 years", export=True, erasure="keep")
    )


@event.listens_for(Audit, "before_update")
@event.listens_for(Audit, "before_delete")
def _refuse(_mapper: Mapper[Audit], _connection: Connection, _row: Audit) -> None:
    raise TypeError("an audit row is never changed")
