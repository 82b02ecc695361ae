"""The pages of the classroom: who was there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import clock
from app.classroom.actions import tick_attendance
from app.classroom.queries import Taught, TickRow, counts_of, taught_session, ticks_of
from app.classroom.rules import TICK_CHIPS, TICK_WORDS, TICKS, Tick, Typed, tick_named
from app.classroom.showing import day_in_words, moment_on_wall
from app.errors import UserError
from app.web.guards import for_roles
from app.web.language import words
from app.web.transactions import get_db
from app.web.viewing import signed_in_viewer
from app.words import Sentence, say

bp = Blueprint("classroom", __name__, template_folder="templates")
bp.add_app_template_filter(day_in_words, "short_day")
bp.add_app_template_filter(moment_on_wall, "on_wall")
ATTENDANCE = "/cohorts/<int(max=2147483647):cohort_id>/attendance/<int(max=2147483647):session_id>"


@dataclass(frozen=True)
class PersonRow:
    """A person in the form, with what is chosen, and what another trainer ticked meanwhile."""

    row: TickRow
    chosen: Tick
    clash: Sentence | None


@bp.get(ATTENDANCE)
@for_roles("trainer")
def attendance(cohort_id: int, session_id: int) -> str:
    """The people of a session with their ticks."""
    return _page(taught_session(get_db(), signed_in_viewer(), cohort_id, session_id), {})


@bp.post(ATTENDANCE)
@for_roles("trainer")
def tick(cohort_id: int, session_id: int) -> ResponseReturnValue:
    """Store all ticks at once; where two trainers ticked the same person, the page again with both."""
    db, viewer = get_db(), signed_in_viewer()
    taught = taught_session(db, viewer, cohort_id, session_id)
    fill = "everyone" in request.form
    clashes = tick_attendance(db, taught, _typed(), fill=fill, by=viewer.person_id, now=clock.now())
    if clashes:
        return _page(taught, clashes), 409
    return redirect(url_for("classroom.attendance", cohort_id=cohort_id, session_id=session_id, done="ticked"), 303)


def _page(taught: Taught, clashes: Mapping[int, Tick]) -> str:
    now = clock.now()
    rows = ticks_of(get_db(), taught.session)
    return render_template(
        "classroom/attendance.html",
        taught=taught,
        rows=tuple(_person(row, clashes, taught.cohort.zone) for row in rows),
        counts=counts_of(rows),
        clashes=len(clashes),
        words_of=TICK_WORDS,
        chips=TICK_CHIPS,
        ticks=TICKS,
        open=taught.takes_ticks(now),
        early=taught.is_early(now),
        today=now.astimezone(ZoneInfo(taught.cohort.zone)).date(),
        done=request.args.get("done") == "ticked",
    )


def _person(row: TickRow, clashes: Mapping[int, Tick], zone: str) -> PersonRow:
    wanted = clashes.get(row.enrolment_id)
    if wanted is None:
        return PersonRow(row, row.tick, None)
    yours, theirs = TICK_WORDS[wanted], TICK_WORDS[row.tick]
    if row.at is None:
        return PersonRow(row, wanted, say("Meanwhile somebody took this tick away. You chose “{yours}”.", yours=yours))
    at, by = row.at.astimezone(ZoneInfo(zone)), row.by or say("Somebody")
    sentence = say(
        "{name} ticked “{theirs}” at {time}. You chose “{yours}”.",
        name=by,
        theirs=theirs,
        yours=yours,
        time=f"{at:%H:%M}",
    )
    return PersonRow(row, wanted, sentence)


def _typed() -> dict[int, Typed]:
    """The form by enrolment; what is not ours in it is passed over. Raises UserError for an unknown state."""
    found: dict[int, Typed] = {}
    for name, text in request.form.items():
        kind, _, enrolment_id = name.partition("-")
        if kind != "state" or not (enrolment_id.isascii() and enrolment_id.isdigit() and len(enrolment_id) < 16):
            continue
        wanted, shown = tick_named(text), tick_named(request.form.get(f"shown-{enrolment_id}", ""))
        if wanted is None or shown is None:
            raise UserError(
                say("Choose one of these: {states}.", states=words(say(", ")).join(map(words, TICK_WORDS.values())))
            )
        found[int(enrolment_id)] = Typed(shown, wanted)
    return found
