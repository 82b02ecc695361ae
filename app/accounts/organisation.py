"""Whose installation this is: its name, zone, logo and the address its mail comes from."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from zoneinfo import available_timezones

from sqlalchemy.orm import Session

from app.accounts.actions import record, refuse_unless_admin
from app.accounts.models import Organisation
from app.accounts.rules import LONGEST_NAME, email_refusal
from app.db import one_at_a_time
from app.errors import Mistyped
from app.words import say

LOGO_BYTES, LOGO_EDGE, LOGO_PIXELS = 1024 * 1024, 512, 25_000_000
_ONE_PICTURE = threading.Lock()
"""The largest takes 300 MB for a moment: several at once could take all there is."""
HOME = "Asia/Shanghai"
_AREA = re.compile(r"(Africa|America|Antarctica|Asia|Atlantic|Australia|Europe|Indian|Pacific)/")
_TOO_MANY_PIXELS = say("The logo has too many pixels. Make it smaller: {edge} by {edge} are enough.", edge=LOGO_EDGE)
_NO_PICTURE = say("The logo must be a PNG or JPEG picture. Export it once more, then choose it again.")


@dataclass(frozen=True)
class OrganisationFacts:
    """The organisation as pages, papers and mails name it."""

    name: str = ""
    zone: str = HOME
    sender: str = ""
    """Where its mail comes from; empty: as the mail server's settings say."""
    logo: str | None = None
    """The key of a PNG in the file store."""


@lru_cache
def zones() -> tuple[str, ...]:
    """The zones to choose from: places and UTC, without the old names."""
    return tuple(sorted(zone for zone in available_timezones() if _AREA.match(zone) or zone == "UTC"))


def organisation_facts(db: Session) -> OrganisationFacts:
    """The organisation; everything empty where nobody has said yet. One statement."""
    row = db.get(Organisation, 1)
    return OrganisationFacts(row.name, row.zone, row.sender, row.logo) if row else OrganisationFacts()


def refuse_facts(facts: OrganisationFacts) -> None:
    """Raises Mistyped for a name, zone or address that cannot be used."""
    if len(facts.name) > LONGEST_NAME or not facts.name.isprintable():
        raise Mistyped("name", say("The name can have up to {most} characters that can be printed.", most=LONGEST_NAME))
    if facts.zone not in zones():
        raise Mistyped("zone", say("Choose a time zone from the list."))
    if facts.sender and not is_address(facts.sender):
        raise Mistyped("sender", say("An e-mail address looks like name@example.com."))


def is_address(text: str) -> bool:
    """Whether mail could come from it."""
    return text.isascii() and email_refusal(text) is None


def change_organisation(db: Session, facts: OrganisationFacts, *, by: int | None, now: datetime) -> None:
    """Keep what the facts say; the audit row names what changed. Raises Mistyped as refuse_facts does."""
    refuse_unless_admin(db, by)
    refuse_facts(facts)
    one_at_a_time(db, "organisation")
    before = organisation_facts(db)
    row = db.get(Organisation, 1) or Organisation(id=1)
    row.name, row.zone, row.sender, row.logo = facts.name, facts.zone, facts.sender, facts.logo
    db.add(row)
    changed = [name for name in ("name", "zone", "sender", "logo") if getattr(before, name) != getattr(facts, name)]
    if changed:
        record(db, "organisation-changed", Organisation, object_id=1, by=by, now=now, fields=", ".join(changed))


def redrawn_logo(content: bytes) -> bytes:
    """A picture drawn anew as a PNG of at most 512 px, with nothing else that was in the file. Raises Mistyped.

    Takes a while: call it before a write transaction begins.
    """
    from PIL import Image, ImageOps  # noqa: PLC0415 -- 8 MB that only a new logo needs

    if len(content) > LOGO_BYTES:
        raise Mistyped(
            "logo", say("The logo has more than {most} MB. Make it smaller.", most=LOGO_BYTES // 1024 // 1024)
        )
    try:
        with _ONE_PICTURE, Image.open(BytesIO(content), formats=("PNG", "JPEG")) as picture:
            if picture.width * picture.height > LOGO_PIXELS:
                raise Mistyped("logo", _TOO_MANY_PIXELS)
            small = ImageOps.exif_transpose(picture).convert("RGBA")
            small.thumbnail((LOGO_EDGE, LOGO_EDGE))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Mistyped("logo", _TOO_MANY_PIXELS) from None
    except (OSError, ValueError, SyntaxError, EOFError):
        raise Mistyped("logo", _NO_PICTURE) from None
    clean = Image.new("RGBA", small.size)
    clean.paste(small)
    png = BytesIO()
    clean.save(png, "PNG", optimize=True)
    return png.getvalue()
