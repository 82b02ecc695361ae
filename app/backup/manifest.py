"""What a backup says about itself: one JSON file in it, with the size and hash of every other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from app.errors import UserError
from app.words import say

PRODUCT = "coursewright"
NAME = "manifest.json"
MOST_BYTES = 64 * 2**20
"""Of the manifest itself: enough for 400,000 files."""
KEY = "secret-key"
MEMBER = re.compile(r"database\.(sqlite|dump)|secret-key|files/[0-9a-f]{64}")
"""The names that a member may have. Each has one place that we know; nothing is ever placed by its name."""

Kind = Literal["sqlite", "postgresql"]
DATABASE: Mapping[Kind, str] = {"sqlite": "database.sqlite", "postgresql": "database.dump"}


class Member(BaseModel):
    """One file of the backup."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    size: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Manifest(BaseModel):
    """The backup as a whole."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    product: Literal["coursewright"]
    format: Literal[1]
    version: str
    """Of the product that made it."""
    kind: Kind
    db_schema: str
    """Of PostgreSQL; empty for SQLite."""
    revision: str
    began: AwareDatetime
    ended: AwareDatetime
    rows: dict[str, Annotated[int, Field(ge=0)]]
    """Of every table."""
    members: dict[str, Member]

    @field_validator("members")
    @classmethod
    def _known_names(cls, members: dict[str, Member]) -> dict[str, Member]:
        if not all(MEMBER.fullmatch(name) for name in members):
            raise ValueError("a name that no member has")
        return members

    @property
    def database(self) -> str:
        """The member that is the database."""
        return DATABASE[self.kind]

    @property
    def files(self) -> dict[str, Member]:
        """The stored files: key → member."""
        return {name[6:]: member for name, member in self.members.items() if name.startswith("files/")}

    @property
    def size(self) -> int:
        """Bytes of all members, unpacked."""
        return sum(member.size for member in self.members.values())


def read_manifest(content: bytes) -> Manifest:
    """The manifest in these bytes. Raises UserError where they are none that this version can read."""
    try:
        found = Manifest.model_validate_json(content)
    except ValidationError as wrong:
        if any(error["loc"] == ("format",) for error in wrong.errors()):
            raise UserError(say("It was made by a newer version: restore it with that one.")) from None
        raise UserError(say("What it says about itself cannot be understood.")) from None
    if found.database not in found.members:
        raise UserError(say("It has no database in it."))
    return found


def file_name(began: datetime) -> str:
    """What a backup is called: the moment it began, in UTC, so that names sort like moments."""
    return f"{PRODUCT}-{began:%Y%m%dT%H%M%S}-{began:%f}Z.zip"


NAMED = re.compile(rf"{PRODUCT}-\d{{8}}T\d{{6}}-\d{{6}}Z\.zip")
"""Files that rotation may remove: those that `file_name` named."""
