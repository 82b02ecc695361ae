"""Administration: the organisation and its logo, mail, departments."""

from __future__ import annotations

import secrets
from dataclasses import replace
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import clock
from app.accounts import departments as tree
from app.accounts.actions import record
from app.accounts.models import Organisation
from app.accounts.organisation import (
    OrganisationFacts,
    change_organisation,
    organisation_facts,
    redrawn_logo,
    refuse_facts,
    zones,
)
from app.accounts.post import address_of, advice, sender_of, trial_mail
from app.errors import Mistyped, NotFound, UserError
from app.files import FileStore
from app.mail import compose, configured_server, send_mail
from app.outbox import NotSent
from app.web.guards import NOTHING_HERE, for_roles, public
from app.web.language import current_language, words
from app.web.transactions import database, get_db, roll_back
from app.web.viewing import signed_in_viewer
from app.words import Sentence, say

bp = Blueprint("admin", __name__, template_folder="templates")
ONE = "/admin/departments/<int(max=2147483647):department_id>"
LOGO_POLICY = "sandbox; default-src 'none'"
DONE = {
    "saved": say("Saved."),
    "mailed": say("The mail server accepted the mail. Look into your mailbox: it should be there within minutes."),
    "removed": say("The department is removed."),
    "added": say("The department is added."),
}


@bp.get("/admin")
@for_roles("admin")
def admin() -> str:
    """Everything about the installation that is not a person or a course."""
    return _admin()


@bp.post("/admin/organisation")
@for_roles("admin")
def organisation() -> ResponseReturnValue:
    """Keep name, zone, sender and logo; the logo is drawn anew before the transaction begins."""
    form = request.form
    typed = OrganisationFacts(
        " ".join(form.get("name", "").split()), form.get("zone", ""), form.get("sender", "").strip()
    )
    try:
        refuse_facts(typed)
        drawn = _uploaded_logo()
        logo = drawn or (None if form.get("remove_logo") else organisation_facts(get_db()).logo)
        change_organisation(get_db(), replace(typed, logo=logo), by=signed_in_viewer().person_id, now=clock.now())
    except Mistyped as mistake:
        return _admin(typed=typed, errors={mistake.field: words(mistake.sentence)}), 422
    return redirect(url_for("admin.admin", done="saved"), 303)


@bp.post("/admin/mail")
@for_roles("admin")
def try_mail() -> ResponseReturnValue:
    """Send one mail to the admin at once, while no transaction is open, and say what became of it."""
    viewer = signed_in_viewer()
    try:
        _send_trial(viewer.person_id, ZoneInfo(viewer.zone))
    except NotSent as reason:
        return _admin(refusal=say("The mail was not sent: {reason}", reason=reason), remedy=advice(str(reason))), 422
    except UserError as refused:
        return _admin(refusal=refused.sentence), 422
    record(get_db(), "mail-tried", Organisation, object_id=1, by=viewer.person_id, now=clock.now())
    return redirect(url_for("admin.admin", done="mailed"), 303)


@bp.get("/logo")
@public
def logo() -> Response:
    """The organisation's logo, kept by browsers until it is another."""
    key = organisation_facts(get_db()).logo
    if key is None or key not in _files():
        raise NotFound(NOTHING_HERE)
    response = Response(_files().content(key), mimetype="image/png")
    response.headers["Content-Security-Policy"] = LOGO_POLICY
    response.cache_control.public = True
    response.cache_control.no_cache = True
    response.set_etag(key)
    response.make_conditional(request)
    return response


@bp.get("/admin/departments")
@for_roles("admin")
def departments() -> str:
    """The tree."""
    return _departments()


@bp.post("/admin/departments")
@for_roles("admin")
def add_department() -> ResponseReturnValue:
    """Add one, at the top or inside another."""
    name, parent_id = request.form.get("name", ""), request.form.get("parent", "")
    try:
        parent = tree.department_typed(get_db(), "parent", parent_id)
        tree.add_department(get_db(), name, parent, by=signed_in_viewer().person_id, now=clock.now())
    except Mistyped as mistake:
        return _departments(name, parent_id, errors={mistake.field: words(mistake.sentence)}), 422
    return redirect(url_for("admin.departments", done="added"), 303)


@bp.get(ONE)
@for_roles("admin")
def department(department_id: int) -> str:
    """One department: its name and its place."""
    return _department(department_id)


@bp.post(ONE)
@for_roles("admin")
def change_department(department_id: int) -> ResponseReturnValue:
    """Rename and move."""
    name, parent_id = request.form.get("name", ""), request.form.get("parent", "")
    try:
        parent = tree.department_typed(get_db(), "parent", parent_id)
        by, key = signed_in_viewer().person_id, parent.id if parent else None
        tree.change_department(get_db(), department_id, name, parent_id=key, by=by, now=clock.now())
    except Mistyped as mistake:
        errors = {mistake.field: words(mistake.sentence)}
        return _department(department_id, typed=(name, parent_id), errors=errors), 422
    return redirect(url_for("admin.departments", done="saved"), 303)


@bp.post(f"{ONE}/remove")
@for_roles("admin")
def remove_department(department_id: int) -> ResponseReturnValue:
    """Remove an empty one."""
    try:
        tree.remove_department(get_db(), department_id, by=signed_in_viewer().person_id, now=clock.now())
    except NotFound:
        raise
    except UserError as refusal:
        return _department(department_id, refusal=refusal.sentence), 422
    return redirect(url_for("admin.departments", done="removed"), 303)


def _files() -> FileStore:
    store: FileStore = current_app.extensions["files"]
    return store


def _uploaded_logo() -> str | None:
    """The key of a new logo in the store; None where none was sent. Raises Mistyped."""
    sent = request.files.get("logo")
    content = sent.read() if sent else b""
    return _files().keep(redrawn_logo(content)) if content else None


def _send_trial(person_id: int, zone: ZoneInfo) -> None:
    """Raises UserError where there is no server or no address, NotSent with the server's answer."""
    server, now = configured_server(), clock.now()
    if server is None:
        raise UserError(say("No mail server is set."))
    with database().reading() as db:
        to, sender = address_of(db, person_id), sender_of(db, server, current_app.config["PUBLIC_URL"])
    # Nothing is held from here on: the server may take its time.
    mail = trial_mail(to, current_language(), key=secrets.token_hex(16), now=now, zone=zone)
    send_mail(server, compose(mail, sender, now=now))


def _admin(
    *,
    typed: OrganisationFacts | None = None,
    errors: dict[str, str] | None = None,
    refusal: Sentence | None = None,
    remedy: Sentence | None = None,
) -> str:
    if errors or refusal:
        roll_back()  # the page is an answer, and an answer commits
    facts = organisation_facts(get_db())
    return render_template(
        "accounts/admin.html",
        facts=facts,
        typed=typed or facts,
        errors=errors or {},
        zones=zones(),
        server=configured_server(),
        refusal=refusal,
        remedy=remedy,
        done=_done(),
    )


def _departments(name: str = "", parent_id: str = "", *, errors: dict[str, str] | None = None) -> str:
    if errors:
        roll_back()
    rows = tree.department_tree(get_db())
    typed = {"name": name, "parent": parent_id}
    return render_template("accounts/departments.html", rows=rows, typed=typed, errors=errors or {}, done=_done())


def _department(
    department_id: int,
    *,
    typed: tuple[str, str] | None = None,
    errors: dict[str, str] | None = None,
    refusal: Sentence | None = None,
) -> str:
    if errors or refusal:
        roll_back()
    rows = tree.department_tree(get_db())
    row = tree.department_in(rows, signed_in_viewer(), department_id)
    name, parent_id = typed or (row.name, str(row.parent_id or ""))
    return render_template(
        "accounts/department.html",
        row=row,
        elsewhere=tree.outside(rows, department_id),
        typed={"name": name, "parent": parent_id},
        errors=errors or {},
        refusal=refusal,
    )


def _done() -> Sentence | None:
    return DONE.get(request.args.get("done", "")) if request.method == "GET" else None
