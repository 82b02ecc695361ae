"""How certificates issued from now on look: the design, who issues and signs, seal and signature."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy.orm import Session

from app.accounts.actions import record
from app.accounts.organisation import OrganisationFacts, organisation_facts, redrawn_logo
from app.accounts.queries import roles_of
from app.accounts.rules import LONGEST_NAME
from app.certificates.models import DESIGNS, CertificateDesign, Design
from app.db import one_at_a_time
from app.documents.glyphs import unprintable
from app.errors import Mistyped, NotAllowed
from app.words import say

PictureName = Literal["seal", "signature"]


@dataclass(frozen=True)
class DesignFacts:
    """What the page about the look shows and sends back."""

    design: Design = "classic"
    issuer: str = ""
    """Empty: the organisation."""
    signer: str = ""
    signer_title: str = ""
    seal: str | None = None
    """The key of a PNG in the file store, like the next."""
    signature: str | None = None


@dataclass(frozen=True)
class Look:
    """The design with what the organisation adds: everything that a new certificate takes over."""

    facts: DesignFacts
    issuer: str
    logo: str | None
    zone: str

    def kept(self) -> dict[str, Any]:
        """The part of a snapshot that is the same for everybody; who issues a sample is another matter."""
        facts = self.facts
        signed = {"signer": facts.signer, "signer_title": facts.signer_title}
        return {**signed, "design": facts.design, "logo": self.logo, "seal": facts.seal, "signature": facts.signature}


def design_facts(db: Session) -> DesignFacts:
    """The design as it was chosen last; the first one where nobody has. One statement."""
    row = db.get(CertificateDesign, 1)
    if row is None:
        return DesignFacts()
    return DesignFacts(cast("Design", row.design), row.issuer, row.signer, row.signer_title, row.seal, row.signature)


def look_now(db: Session) -> Look:
    """How a certificate that is issued now looks. Two statements."""
    return look_of(design_facts(db), organisation_facts(db))


def look_of(facts: DesignFacts, organisation: OrganisationFacts) -> Look:
    """A design put together with the organisation's name and logo."""
    return Look(facts, facts.issuer or organisation.name, organisation.logo, organisation.zone)


def change_design(db: Session, facts: DesignFacts, *, by: int | None, now: datetime) -> None:
    """Keep a design; certificates issued before stay as they are. Raises Mistyped, and NotAllowed but for HR and admin.

    The audit row names what changed.
    """
    if by is not None and roles_of(db, by).isdisjoint({"HR", "admin"}):
        raise NotAllowed(say("Only HR and administrators say how certificates look."))
    refuse_design(facts)
    one_at_a_time(db, "design of certificates")
    before = design_facts(db)
    changed = [each.name for each in fields(facts) if getattr(before, each.name) != getattr(facts, each.name)]
    if not changed:
        return
    row = db.get(CertificateDesign, 1) or CertificateDesign(id=1)
    for name in changed:
        setattr(row, name, getattr(facts, name))
    db.add(row)
    record(db, "certificate-design-changed", CertificateDesign, object_id=1, by=by, now=now, fields=", ".join(changed))


def refuse_design(facts: DesignFacts) -> None:
    """Raises Mistyped for a design that is not there, and for names that cannot be printed."""
    if facts.design not in DESIGNS:
        raise Mistyped("design", say("Choose one of the designs."))
    for field in ("issuer", "signer", "signer_title"):
        text = getattr(facts, field)
        if len(text) > LONGEST_NAME or not text.isprintable():
            raise Mistyped(field, say("This can have up to {most} characters that can be printed.", most=LONGEST_NAME))
        for _, character in unprintable(text):
            raise Mistyped(field, say("The fonts have no “{character}”. Write it in another way.", character=character))


def redrawn_picture(field: PictureName, content: bytes) -> bytes:
    """A seal or signature drawn anew as a PNG, what is transparent stays so. Raises Mistyped.

    Takes a while: call it before a write transaction begins.
    """
    try:
        return redrawn_logo(content)
    except Mistyped:
        raise Mistyped(field, say("This must be a PNG or JPEG picture of up to 1 MB and 25 million pixels.")) from None
