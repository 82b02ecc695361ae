"""Who may read which document of a course."""

from __future__ import annotations

from collections.abc import Collection

from app.courses.documents import DocumentName

TEACHING_ROLES = frozenset({"trainer", "author", "admin"})
FOR_EVERYONE: frozenset[DocumentName] = frozenset({"handbook", "worksheets"})


def teaches(roles: Collection[str]) -> bool:
    """Whether somebody with these roles sees what only trainers see."""
    return not TEACHING_ROLES.isdisjoint(roles)


def may_read(roles: Collection[str], document: DocumentName) -> bool:
    """Whether somebody with these roles, who is signed in, may read this document of any published course."""
    return document in FOR_EVERYONE or teaches(roles)
