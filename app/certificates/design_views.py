"""The page about how certificates look."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from flask import Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import clock
from app.accounts.organisation import organisation_facts
from app.certificates.blueprint import bp
from app.certificates.design import (
    DesignFacts,
    PictureName,
    change_design,
    design_facts,
    look_now,
    look_of,
    redrawn_picture,
    refuse_design,
)
from app.certificates.downloads import press
from app.certificates.models import Design
from app.documents import CannotPrint, certificates_to_pdf
from app.errors import Mistyped, NotFound
from app.files import FileStore
from app.web.downloads import named
from app.web.guards import NOTHING_HERE, for_roles
from app.web.language import current_language, today_here, words
from app.web.transactions import database, end_reading, get_db, roll_back
from app.web.viewing import signed_in_viewer
from app.words import Sentence, say

PICTURES: tuple[PictureName, ...] = ("seal", "signature")
PICTURE_POLICY = "sandbox; default-src 'none'"
DESIGN_WORDS: dict[Design, tuple[Sentence, Sentence]] = {
    "classic": (say("Classic"), say("A fine border and a rosette, for a paper that is framed.")),
    "plain": (say("Plain"), say("Much white and one rule, for a paper that is filed.")),
}


@bp.get("/certificates/design")
@for_roles("HR", "admin")
def design() -> str:
    """What it looks like now."""
    return _design()


@bp.post("/certificates/design")
@for_roles("HR", "admin")
def change() -> ResponseReturnValue:
    """Keep what was typed and sent; pictures are drawn anew before the transaction begins."""
    typed = _typed()
    try:
        refuse_design(typed)
        wanted = _with_pictures(typed)
        change_design(get_db(), wanted, by=signed_in_viewer().person_id, now=clock.now())
    except Mistyped as mistake:
        roll_back()
        return _design(typed, {mistake.field: words(mistake.sentence)}), 422
    except CannotPrint as refused:
        roll_back()
        return _design(typed, refusal=refused.sentence), 422
    return redirect(url_for("certificates.design", done="saved"), 303)


@bp.get("/certificates/sample.pdf")
@for_roles("HR", "admin")
def sample() -> Response:
    """How a certificate would look that is issued today; its code says that it is a sample."""
    look = look_now(get_db())
    end_reading()
    content = certificates_to_pdf([press().sample(look, current_language(), today_here())])
    name = words(say("Sample certificate"))
    return named(Response(content, mimetype="application/pdf"), name, "pdf", plain="sample", inline=True)


@bp.get("/certificates/design/<any(seal, signature):name>.png")
@for_roles("HR", "admin")
def picture(name: PictureName) -> Response:
    """The seal or the signature as they are now."""
    key = getattr(design_facts(get_db()), name)
    if key is None or key not in _files():
        raise NotFound(NOTHING_HERE)
    response = Response(_files().content(key), mimetype="image/png")
    response.headers["Content-Security-Policy"] = PICTURE_POLICY
    return response


def _files() -> FileStore:
    store: FileStore = current_app.extensions["files"]
    return store


def _typed() -> DesignFacts:
    form = request.form

    def text(name: str) -> str:
        return " ".join(form.get(name, "").split())

    return DesignFacts(cast("Design", form.get("design", "")), text("issuer"), text("signer"), text("signer_title"))


def _with_pictures(typed: DesignFacts) -> DesignFacts:
    """The design with the pictures sent, kept or removed; printed once, so that no certificate fails over it.

    Holds no transaction while it takes its time. Raises Mistyped for a picture, and CannotPrint.
    """
    with database().reading() as db:
        before, organisation = design_facts(db), organisation_facts(db)
    pictures: dict[str, Any] = {
        name: _uploaded(name) or (None if request.form.get(f"remove_{name}") else getattr(before, name))
        for name in PICTURES
    }
    wanted = replace(typed, **pictures)
    certificates_to_pdf([press().sample(look_of(wanted, organisation), current_language(), today_here())])
    return wanted


def _uploaded(name: PictureName) -> str | None:
    """The key of a new picture in the store; None where none was sent. Raises Mistyped."""
    sent = request.files.get(name)
    content = sent.read() if sent else b""
    return _files().keep(redrawn_picture(name, content)) if content else None


def _design(
    typed: DesignFacts | None = None, errors: dict[str, str] | None = None, refusal: Sentence | None = None
) -> str:
    db = get_db()
    facts, organisation = design_facts(db), organisation_facts(db)
    return render_template(
        "certificates/design.html",
        facts=facts,
        typed=typed or facts,
        errors=errors or {},
        refusal=refusal,
        designs=DESIGN_WORDS,
        organisation=organisation,
        done="done" in request.args and not (errors or refusal),
    )
