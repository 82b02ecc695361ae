"""Who looks at a page: the plain value that queries and guards are given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from flask import g
from flask_login import current_user

from app.words import Language

RoleName = Literal["author", "trainer", "HR", "admin"]
ROLES: tuple[RoleName, ...] = ("author", "trainer", "HR", "admin")


@dataclass(frozen=True)
class Viewer:
    """A signed-in person as far as rights go. Being trainer or trainee of a cohort is not a role but a row."""

    person_id: int
    display_name: str
    roles: frozenset[RoleName]
    language: Language | None
    """The language the person chose; None follows the browser."""
    zone: str = "Asia/Shanghai"
    """The IANA zone of the organisation, that moments are shown in."""
    organisation: str = ""
    """What the organisation is called; empty where nobody has said."""
    number: str = ""
    """The person's number, which files of theirs are named by."""

    def has_any(self, *roles: RoleName) -> bool:
        return not self.roles.isdisjoint(roles)


def viewer() -> Viewer | None:
    """Whoever is signed in, found once a request on a read connection of its own."""
    if "viewer" not in g:
        g.viewer = getattr(current_user, "viewer", None)
    found: Viewer | None = g.viewer
    return found


def signed_in_viewer() -> Viewer:
    """The viewer of a page whose policy asks for one."""
    found = viewer()
    assert found is not None, "a page for signed-in people was shown without its guard"  # noqa: S101 -- not for people
    return found


def forget_viewer() -> None:
    """Show the rest of this request as to nobody: an error page must not ask the database that may be the error."""
    g.viewer = None
