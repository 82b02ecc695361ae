"""What features above put beside an answer: this package draws its pages, and does not know them.

Each part is a function of the database, the attempt and the viewer. The factory offers them; the templates of an
attempt call `beside(work, place)`, and get what all of them have to say there, in the order they were offered.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

from flask import Flask, current_app, render_template
from markupsafe import Markup
from sqlalchemy.orm import Session

from app.assessment.queries import Work
from app.web.transactions import get_db
from app.web.viewing import Viewer, signed_in_viewer

Place = Literal["sheet", "outcome", "desk"]
"""Above the sheet that is written on; on the page of what was handed in; on the trainer's page of an answer."""
Beside = Callable[[Session, Work, Viewer, Place], Markup]
BESIDE: Final = "beside"
"""Under which name the application keeps them."""


def drawn(template: str, **values: object) -> Markup:
    """A template of ours as a part of a page: it escapes what it is given, so that nothing has to be escaped again."""
    return Markup(render_template(template, **values))  # noqa: S704 -- autoescape is on for every template


def offer_beside(app: Flask, *parts: Beside) -> None:
    """Show these parts on the pages of an attempt."""
    app.extensions[BESIDE] = parts
    app.jinja_env.globals["beside"] = beside


def beside(work: Work, place: Place) -> Markup:
    """All that is to stand there; empty for most attempts."""
    parts: tuple[Beside, ...] = current_app.extensions[BESIDE]
    db, viewer = get_db(), signed_in_viewer()
    return Markup("").join(part(db, work, viewer, place) for part in parts)
