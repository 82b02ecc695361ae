"""The pages on which a filled-in form comes back: what stands in it is shown first, then taken over."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.assessment import actions
from app.assessment.blueprint import EXERCISE
from app.assessment.queries import changes_since, own_work
from app.assessment.saves import came_late, page_named, read_id
from app.assessment.showing import head_of
from app.assessment.writing import fold
from app.clock import now
from app.documents import form_values
from app.errors import UserError
from app.paperwork.blueprint import bp
from app.paperwork.paper_queries import Paper, own_paper, paper_of, refuse_unless_shown
from app.paperwork.paper_views import SHEET, show_sheet
from app.paperwork.returned import Difference, differences, returned_for, unkeepable
from app.web.guards import for_roles, signed_in
from app.web.transactions import database, get_db
from app.web.viewing import signed_in_viewer
from app.words import Sentence, say

RETURNED = f"{EXERCISE}/returned"
VALUE = "value:"
"""What begins the names of the texts that a page carries, so that none is taken for something else."""


@bp.get(RETURNED)
@signed_in
def returned(cohort_id: int, exercise: str) -> str:
    """Where a filled-in form is sent."""
    return _page(own_paper(get_db(), signed_in_viewer(), cohort_id, exercise))


@bp.post(RETURNED)
@signed_in
def read_returned(cohort_id: int, exercise: str) -> ResponseReturnValue:
    """What stands in the file, beside what is saved. Nothing is kept yet."""
    viewer = signed_in_viewer()
    with database().reading() as reading:  # a file takes a while to read, and would hold up everybody's saves
        paper = own_paper(reading, viewer, cohort_id, exercise)
    try:
        with database().reading() as reading:
            _refuse_unless_taken(reading, paper)
        fields = form_values(_sent())
        with database().reading() as reading:
            paper = own_paper(reading, viewer, cohort_id, exercise)
            return _compared(reading, paper, fields)
    except UserError as refused:
        return _page(paper, refused=refused.sentence), 422


@bp.post(f"{RETURNED}/take-over")
@signed_in
def take_over(cohort_id: int, exercise: str) -> ResponseReturnValue:
    """Keep what was chosen, as if it had been typed on the page."""
    db, viewer, moment, form = get_db(), signed_in_viewer(), now(), request.form
    paper = own_paper(db, viewer, cohort_id, exercise)
    if read_id(form.get("attempt")) != paper.meant:
        raise UserError(say("This was handed in or given back meanwhile. Send the file again."))
    taken = {name: form.get(f"{VALUE}{name}", "") for name in form.getlist("take") if name in paper.task.sheet.names}
    attempt = actions.start_attempt(db, paper.task, by=viewer.person_id, now=moment)
    work = own_work(db, viewer, attempt.id, to_change=True)
    client, base = page_named(form.get("client")), read_id(form.get("base"))
    saved = actions.save_form(db, work, taken, client=client, base=base, by=viewer.person_id, now=moment)
    if saved and saved.late:
        return _page(paper, refused=came_late(work))
    return redirect(url_for("assessment.attempt", attempt_id=attempt.id), 303)


@bp.post(f"{SHEET}/returned")
@for_roles("trainer")
def their_returned(cohort_id: int, exercise: str, enrolment_id: int) -> ResponseReturnValue:
    """What stands in somebody's file, filled into the form for entering a paper. Nothing is kept yet."""
    viewer = signed_in_viewer()

    def read(db: Session) -> Paper:
        return paper_of(db, viewer, cohort_id, exercise, enrolment_id)

    with database().reading() as reading:
        paper = read(reading)
    try:
        fields = form_values(_sent())
        with database().reading() as reading:
            paper = read(reading)
            return show_sheet(paper, returned_for(paper, fields).values, from_file=True)
    except UserError as refused:
        return show_sheet(paper, refused=refused.sentence), 422


def _sent() -> bytes:
    """The file of this request. Raises UserError where there is none."""
    file = request.files.get("file")
    content = file.read() if file else b""
    if not content:
        raise UserError(say("Choose the PDF that you filled in."))
    return content


def _refuse_unless_taken(db: Session, paper: Paper) -> None:
    """Raises UserError where nothing that a file says could be kept."""
    if not paper.left:
        raise UserError(say("This answer was handed in and cannot be changed any more."))
    refuse_unless_shown(db, paper, now())


def _compared(db: Session, paper: Paper, fields: Mapping[str, str]) -> ResponseReturnValue:
    found = returned_for(paper, fields)
    sheet = paper.task.sheet
    changes = changes_since(db, paper.under_way.id) if paper.under_way else ()
    then = fold(change for change in changes if change.id <= found.base)
    rows = differences(sheet, found, then=then, now=paper.written)
    errors = unkeepable(sheet, rows)
    if errors:
        return _page(paper, errors=errors), 422
    return _page(paper, rows=rows)


def _page(
    paper: Paper,
    *,
    refused: Sentence | None = None,
    errors: Mapping[str, Sentence] | None = None,
    rows: Sequence[Difference] | None = None,
) -> str:
    """The page to send a file from; with `rows`, what stands in one."""
    task = paper.task
    return render_template(
        "paperwork/returned.html",
        paper=paper,
        task=task,
        head=head_of(task.spec, task.version),
        refused=refused,
        client=f"file-{secrets.token_hex(8)}",
        labels=task.sheet.labels,
        errors=errors or {},
        rows=rows,
    )
