"""What the pages of an attempt show of those who write on it together: the bar above the sheet, and the way to more."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup
from sqlalchemy.orm import Session

from app import clock
from app.assessment.beside import Place, drawn
from app.assessment.queries import Work, changes_since
from app.assessment.standing import why_shut
from app.assessment.writing import newest_of_others
from app.teamwork.discussion_queries import is_party
from app.teamwork.live import Present, authors_since, clock_time, party_of
from app.web.viewing import Viewer


def live_beside(db: Session, work: Work, viewer: Viewer, place: Place) -> Markup:
    """Who is at it, with what keeps an open page up to date; elsewhere the way to who wrote what."""
    if not is_party(work):
        return Markup("")
    if place != "sheet":
        return drawn("teamwork/live_link.html", work=work)
    now = clock.now()
    return drawn(
        "teamwork/live_bar.html",
        work=work,
        party=(party := party_of(db, work.attempt.id, now=now)),
        marks=_marks(db, work, viewer, party.members if party else ()),
        shut=why_shut(work, now),
    )


def _marks(db: Session, work: Work, viewer: Viewer, members: Iterable[Present]) -> dict[str, dict[str, str]]:
    """Field → who else wrote last what stands there, and when."""
    authors = authors_since(db, work.attempt.id, members=members)
    return {
        name: {"name": authors[change.id].name, "time": clock_time(work, change.at)}
        for name, change in newest_of_others(changes_since(db, work.attempt.id), client="").items()
        if authors[change.id].person_id != viewer.person_id and name in work.sheet.names
    }
