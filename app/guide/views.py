"""The pages of the guides: open to anybody, since whoever cannot sign in needs them most."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for

from app.guide.pages import READERS, Reader, guide_for
from app.guide.places import place_for
from app.web.guards import public
from app.web.language import current_language
from app.web.viewing import viewer

bp = Blueprint("guide", __name__, url_prefix="/guide", template_folder="templates")
READER = f"<any({','.join(map(repr, READERS))}):reader>"


@bp.get("")
@public
def guides() -> str:
    """All guides, with what is in them."""
    language = current_language()
    return render_template("guide/guides.html", guides=[guide_for(reader, language) for reader in READERS])


@bp.get(f"/{READER}")
@public
def page(reader: Reader) -> str:
    """The guide of one kind of people."""
    language = current_language()
    others = [guide_for(other, language) for other in READERS if other != reader]
    return render_template("guide/page.html", guide=guide_for(reader, language), others=others)


@bp.app_template_global("help_address")
def help_address() -> str:
    """Where the «?» of this page leads: to the section that fits the page, in the guide of whoever looks."""
    place = place_for(request.endpoint, request.path, viewer())
    if place is None:
        return url_for("guide.guides")
    return url_for("guide.page", reader=place.reader, _anchor=place.anchor)
