"""The pages on which a trainer types in what somebody wrote on paper."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.assessment.actions import graded
from app.assessment.blueprint import EXERCISE
from app.assessment.saves import refuse_unknown_fields
from app.assessment.showing import case_markup, head_of, sheet_markup
from app.assessment.writing import Written, refusals
from app.clock import now
from app.errors import UserError
from app.marking.queries import queue_of
from app.paperwork.blueprint import bp
from app.paperwork.paper import OverText, enter_paper
from app.paperwork.paper_queries import Paper, given_exercise, paper_of
from app.web.guards import for_roles
from app.web.transactions import database, get_db, roll_back
from app.web.viewing import signed_in_viewer
from app.words import Sentence, say

SHEET = f"{EXERCISE}/paper/<int(max=2147483647):enrolment_id>"
CLIENT = re.compile(r"paper-[0-9a-f]{16}")
OWN_FIELDS = frozenset({"csrf_token", "client", "confirm"})


@bp.get(f"{EXERCISE}/paper")
@for_roles("trainer")
def paper(cohort_id: int, exercise: str) -> str:
    """Whose paper it is."""
    db = get_db()
    given = given_exercise(db, signed_in_viewer(), cohort_id, exercise)
    return render_template(
        "paperwork/paper.html",
        given=given,
        head=head_of(given.spec, given.version),
        queue=queue_of(db, cohort_id, exercise),
    )


@bp.get(SHEET)
@for_roles("trainer")
def paper_sheet(cohort_id: int, exercise: str, enrolment_id: int) -> str:
    """The sheet as a form, to type in what stands on paper."""
    return show_sheet(paper_of(get_db(), signed_in_viewer(), cohort_id, exercise, enrolment_id))


@bp.post(SHEET)
@for_roles("trainer")
def enter(cohort_id: int, exercise: str, enrolment_id: int) -> ResponseReturnValue:
    """Keep it, hand it in, mark it by key; on to the marking page."""
    viewer = signed_in_viewer()

    def read(db: Session) -> Paper:
        return paper_of(db, viewer, cohort_id, exercise, enrolment_id)

    with database().reading() as reading:  # grading takes its time, and would hold up everybody's saves
        found = read(reading)
        typed, client = _typed(found), _client()
        errors = refusals(typed, found.task.sheet.names)
        if errors or not any(text.strip() for text in typed.values()):
            nothing = None if errors else say("Nothing is typed in yet.")
            return show_sheet(found, typed, errors=errors, refused=nothing), 422
        known = graded(found.task.spec, Written(typed), version_id=found.task.version.id)
    confirmed = request.form.get("confirm") == "yes"
    try:
        attempt_id = enter_paper(
            get_db(), found, typed, known=known, client=client, confirmed=confirmed, by=viewer.person_id, now=now()
        )
    except UserError as error:
        roll_back()
        refused = error
    else:
        return redirect(url_for("marking.answer", attempt_id=attempt_id), 303)
    with database().reading() as reading:
        return show_sheet(read(reading), typed, refused=refused.sentence, ask=isinstance(refused, OverText)), 422


def _typed(found: Paper) -> dict[str, str]:
    """Every field of the sheet as it was typed; what is not sent is blank."""
    form, names = request.form, found.task.sheet.names
    refuse_unknown_fields(form, names | OWN_FIELDS)
    return {name: form.get(name, "").replace("\r\n", "\n").replace("\r", "\n") for name in sorted(names)}


def _client() -> str:
    """The name of this page in the log, so that sending it twice enters it once."""
    sent = request.form.get("client", "")
    return sent if CLIENT.fullmatch(sent) else _new_client()


def _new_client() -> str:
    return f"paper-{secrets.token_hex(8)}"


def show_sheet(
    found: Paper,
    typed: Mapping[str, str] | None = None,
    *,
    errors: Mapping[str, Sentence] | None = None,
    refused: Sentence | None = None,
    ask: bool = False,
    from_file: bool = False,
) -> str:
    """The sheet as a form, with what is typed in by now or, `from_file`, what a file says."""
    task = found.task
    return render_template(
        "paperwork/paper_sheet.html",
        paper=found,
        task=task,
        head=head_of(task.spec, task.version),
        case=case_markup(task),
        sheet=sheet_markup(task, typed or {}, readonly=False, errors=errors),
        client=_client() if typed is not None else _new_client(),
        errors=errors or {},
        refused=refused,
        ask=ask,
        from_file=from_file,
    )
