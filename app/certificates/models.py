"""The tables of certificates: what was issued, frozen, and how the paper looks."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import CheckConstraint, Connection, ForeignKey, String, Text, UniqueConstraint, event, inspect
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship

from app.cohorts.models import Enrolment
from app.db import Base, kept

Design = Literal["classic", "plain"]
DESIGNS: tuple[Design, ...] = get_args(Design)


def _of_certificate(purpose: str) -> dict[str, Any]:
    return kept(
        purpose,
        readers="the person, trainers of the cohort, HR, whoever holds the code",
        until="10 years after it was issued",
        export=True,
        erasure="keep",
    )


def _of_design(purpose: str) -> dict[str, Any]:
    return kept(purpose, readers="HR, admin, whoever sees a certificate", until="kept for good", erasure="keep")


class Certificate(Base):
    """What was issued. What it certifies never changes; it may be revoked, and a later one supersedes it."""

    __tablename__ = "certificate"
    __table_args__ = (
        UniqueConstraint("enrolment_id", "issue"),
        CheckConstraint("issue > 0", name="issue_is_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, info=_of_certificate("identifies the certificate"))
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"), info=_of_certificate("for which enrolment"))
    issue: Mapped[int] = mapped_column(info=_of_certificate("counts the certificates of an enrolment from 1"))
    code: Mapped[str] = mapped_column(String(28), unique=True, info=_of_certificate("what verifies it, without spaces"))
    issued_at: Mapped[datetime] = mapped_column(index=True, info=_of_certificate("when it was issued"))
    issued_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), info=_of_certificate("who issued it"))
    snapshot: Mapped[dict[str, Any]] = mapped_column(info=_of_certificate("everything that stands on it, frozen"))
    revoked_at: Mapped[datetime | None] = mapped_column(info=_of_certificate("since when it is not valid"))
    revoked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), info=_of_certificate("who revoked it"))
    revoke_reason: Mapped[str] = mapped_column(Text, default="", info=_of_certificate("why it was revoked"))

    enrolment: Mapped[Enrolment] = relationship(lazy="raise")


class CertificateDesign(Base):
    """How certificates issued from now on look: one row, made by the first change. The logo is the organisation's."""

    __tablename__ = "certificate_design"
    __table_args__ = (
        CheckConstraint("id = 1", name="only_one"),
        CheckConstraint(f"design IN {DESIGNS}", name="design_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, info=_of_design("there is one"))
    design: Mapped[str] = mapped_column(String(20), default="classic", info=_of_design("which of the designs"))
    issuer: Mapped[str] = mapped_column(  # empty: the organisation
        String(200), default="", info=_of_design("who issues, as it stands on the paper")
    )
    signer: Mapped[str] = mapped_column(String(200), default="", info=_of_design("who signs"))
    signer_title: Mapped[str] = mapped_column(String(200), default="", info=_of_design("what the signer is"))
    seal: Mapped[str | None] = mapped_column(String(64), info=_of_design("key of the seal in the file store"))
    signature: Mapped[str | None] = mapped_column(String(64), info=_of_design("key of the signature in the file store"))


FROZEN = ("enrolment_id", "issue", "code", "issued_at", "issued_by_id", "snapshot")


@event.listens_for(Certificate, "before_update")
@event.listens_for(Certificate, "before_delete")
def _refuse(_mapper: Mapper[Certificate], _connection: Connection, row: Certificate) -> None:
    state = inspect(row)
    if state.deleted or any(state.attrs[name].history.has_changes() for name in FROZEN):
        raise TypeError("what a certificate certifies is never changed")
