"""What an open sheet of a party asks for and says: what the others wrote, who is there, and which row is whose."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, TypeVar

from flask import jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictStr, ValidationError

from app import clock
from app.assessment.blueprint import ATTEMPT
from app.assessment.queries import Work, own_work, trained_work
from app.assessment.saves import page_named, read_id
from app.assessment.showing import head_of
from app.errors import NotFound, UserError
from app.teamwork import live
from app.teamwork.authors import written_by
from app.teamwork.blueprint import bp
from app.teamwork.discussion_showing import stage_of
from app.teamwork.live import LiveParty, Told
from app.web.guards import signed_in
from app.web.transactions import get_db
from app.web.viewing import Viewer, signed_in_viewer
from app.words import say

Name = Annotated[StrictStr, Field(max_length=300)]
Asked = TypeVar("Asked", bound=BaseModel)


class Here(BaseModel):
    """What an open page says of itself: in which field somebody writes, or that they leave."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    field: Name = ""
    leaves: StrictBool = False


class RowsWanted(BaseModel):
    """The rows of a table that a page does not show yet, the next one first."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rows: Annotated[list[Name], Field(min_length=1, max_length=500)]
    gives_back: StrictBool = False
    """Whether they are put away again, and free for others."""


@bp.get(f"{ATTEMPT}/live")
@signed_in
def news(attempt_id: int) -> ResponseReturnValue:
    """As JSON, what others wrote after the change `since`, who is there, and how it stands. Asked all the time.

    "base": the newest change; "fields": {name: text}, "by": {name: {"name", "time", "is_me"}}, "time": of the newest;
    "redrawn": the sheet shows more than its fields say; "members": [{"id", "name", "is_here", "field"}]; "rows": taken
    ones, [{"row", "by"}]; "over": handed in or given back, "ended_by"; "ends_at", "now"; "discussion": where it is, or
    null where it is as the "talk" said that came with the last answer.
    """
    db, viewer, now = get_db(), signed_in_viewer(), clock.now()
    party = live.own_party(db, viewer, attempt_id, now=now)
    since, told = read_id(request.args.get("since")), Told()
    if party.newest > since:
        client = page_named(request.args.get("client"))
        told = live.told_since(db, viewer, party, since=since, client=client)
    has_moved = request.args.get("talk") != party.talk
    talk = {"discussion": stage_of(db, viewer, attempt_id) if has_moved else None, "talk": party.talk}
    return jsonify(_standing(party, now) | _written(told, viewer) | talk)


@bp.post(f"{ATTEMPT}/live")
@signed_in
def here(attempt_id: int) -> ResponseReturnValue:
    """Say that one is there, and in which field, or that one leaves."""
    db, said = get_db(), _read(Here)
    work = own_work(db, signed_in_viewer(), attempt_id, to_change=True)
    if said.leaves:
        live.forget_presence(db, work)
    else:
        live.note_presence(db, work, said.field, now=clock.now())
    return "", 204


@bp.post(f"{ATTEMPT}/live/rows")
@signed_in
def take_row(attempt_id: int) -> ResponseReturnValue:
    """Take the first of some rows that nobody else has taken: {"row": its name, or null}. Or give rows back."""
    db, wanted = get_db(), _read(RowsWanted)
    work = own_work(db, signed_in_viewer(), attempt_id, to_change=True)
    if wanted.gives_back:
        live.give_rows_back(db, work, wanted.rows)
        return "", 204
    return jsonify(row=live.take_row(db, work, wanted.rows, now=clock.now()))


@bp.get(f"{ATTEMPT}/who-wrote-what")
@signed_in
def who_wrote_what(attempt_id: int) -> str:
    """Each field with who wrote it, for those who worked on it and for the trainers of their cohort."""
    db = get_db()
    work, is_mine = _seen_work(attempt_id)
    return render_template(
        "teamwork/who_wrote_what.html",
        work=work,
        is_mine=is_mine,
        head=head_of(work.spec, work.version),
        written=written_by(db, work, now=clock.now()),
        leads_to=url_for("assessment.attempt" if is_mine else "marking.answer", attempt_id=attempt_id),
    )


def _seen_work(attempt_id: int) -> tuple[Work, bool]:
    """An attempt of one's own, or else in a cohort that one trains; and whether it is one's own. Raises NotFound."""
    db, viewer = get_db(), signed_in_viewer()
    try:
        return own_work(db, viewer, attempt_id), True
    except NotFound:
        return trained_work(db, viewer, attempt_id), False


def _standing(party: LiveParty, now: datetime) -> dict[str, Any]:
    return {
        "base": party.newest,
        "members": [
            {"id": each.enrolment_id, "name": each.name, "is_here": each.is_here, "field": each.field}
            for each in party.members
        ],
        "rows": [{"row": each.row, "by": each.enrolment_id} for each in party.taken],
        "over": party.is_over,
        "ended_by": party.ended_by,
        "ends_at": party.ends_at and party.ends_at.isoformat(),
        "now": now.isoformat(),
    }


def _written(told: Told, viewer: Viewer) -> dict[str, Any]:
    return {
        "fields": {name: each.text for name, each in told.fields.items()},
        "by": {
            name: {
                "name": each.by.name,
                "time": each.time,
                "is_me": each.by.person_id == viewer.person_id,
            }
            for name, each in told.fields.items()
        },
        "redrawn": told.is_redrawn,
        "time": told.time,
    }


def _read(model: type[Asked]) -> Asked:
    """What this request says. Raises UserError with the place where it cannot be read."""
    try:
        return model.model_validate(request.get_json(), strict=True)
    except ValidationError as wrong:
        place = ".".join(str(step) for step in wrong.errors()[0]["loc"])[:80]
        raise UserError(say("This cannot be read at “{place}”. Load the page again.", place=place)) from None
