"""Sheets as PDFs: one's own, blank, filled or to be filled in; those of a cohort in one file; where a scan leads."""

from __future__ import annotations

from flask import Response, redirect, url_for
from flask.typing import ResponseReturnValue

from app.assessment.blueprint import ATTEMPT, EXERCISE
from app.assessment.queries import own_work, trained_work
from app.clock import now
from app.documents import Document, form_to_pdf, stack_to_pdf, to_pdf
from app.errors import NotFound, UserError
from app.paperwork.blueprint import bp
from app.paperwork.copies import BASE, CODE, answer_copy, code_of, copy_of, decoded, scanned
from app.paperwork.paper_queries import Paper, own_paper, paper_of, papers_of, refuse_unless_shown
from app.paperwork.paper_views import SHEET
from app.web.downloads import named
from app.web.guards import NOTHING_HERE, for_roles, signed_in
from app.web.transactions import end_reading, get_db
from app.web.viewing import signed_in_viewer
from app.words import say


@bp.get(f"{EXERCISE}/sheet.pdf")
@signed_in
def own_sheet(cohort_id: int, exercise: str) -> Response:
    """One's own sheet to print and write on."""
    return _printed(_own(cohort_id, exercise))


@bp.get(f"{EXERCISE}/form.pdf")
@signed_in
def own_form(cohort_id: int, exercise: str) -> Response:
    """One's own sheet to fill in without a connection, with what was written by now."""
    return _form(_own(cohort_id, exercise))


@bp.get(f"{EXERCISE}/sheets.pdf")
@for_roles("trainer")
def sheets(cohort_id: int, exercise: str) -> Response:
    """The sheets of everybody in the cohort in one file, each with its name and its pages from 1."""
    papers = papers_of(get_db(), signed_in_viewer(), cohort_id, exercise)
    if not papers:
        raise UserError(say("Nobody is in this cohort yet"))
    copies: list[tuple[Document, dict[str, str]]] = [(copy_of(paper), {}) for paper in papers]
    name = f"{copies[0][0].subtitle}-{papers[0].task.cohort.name}"
    end_reading()  # printing takes a while, and an open transaction would be in the way of others
    return named(_pdf(stack_to_pdf(copies)), name, "pdf", plain=f"{exercise}-sheets", inline=True)


@bp.get(f"{SHEET}/sheet.pdf")
@for_roles("trainer")
def their_sheet(cohort_id: int, exercise: str, enrolment_id: int) -> Response:
    """The sheet of somebody in the cohort to print."""
    return _printed(paper_of(get_db(), signed_in_viewer(), cohort_id, exercise, enrolment_id))


@bp.get(f"{SHEET}/form.pdf")
@for_roles("trainer")
def their_form(cohort_id: int, exercise: str, enrolment_id: int) -> Response:
    """The same to fill in without a connection. What they wrote themselves is theirs to send: it begins blank."""
    return _form(paper_of(get_db(), signed_in_viewer(), cohort_id, exercise, enrolment_id), blank=True)


@bp.get(f"{ATTEMPT}/answer.pdf")
@signed_in
def answer_sheet(attempt_id: int) -> Response:
    """A sheet with what stands on it, for whoever wrote it and for trainers of their cohort."""
    db, viewer = get_db(), signed_in_viewer()
    try:
        work = own_work(db, viewer, attempt_id)
    except NotFound:
        work = trained_work(db, viewer, attempt_id)
    document, values = answer_copy(db, work)
    exercise = work.assignment.exercise
    end_reading()
    return _named(document, to_pdf(document, values), exercise)


@bp.get("/p/<code>")
@signed_in
def paper_code(code: str) -> ResponseReturnValue:
    """Where the code on a printed sheet leads: whoever it belongs to, to it; their trainer, to entering it."""
    known = decoded(code)
    if known is None:
        raise NotFound(NOTHING_HERE)
    found = scanned(get_db(), signed_in_viewer(), known)
    if found.own:
        return redirect(url_for("assessment.exercise", cohort_id=found.cohort_id, exercise=found.exercise))
    return redirect(
        url_for(
            "paperwork.paper_sheet",
            cohort_id=found.cohort_id,
            exercise=found.exercise,
            enrolment_id=found.enrolment_id,
        )
    )


def _own(cohort_id: int, exercise: str) -> Paper:
    db = get_db()
    paper = own_paper(db, signed_in_viewer(), cohort_id, exercise)
    refuse_unless_shown(db, paper, now())
    return paper


def _printed(paper: Paper) -> Response:
    document = copy_of(paper)
    end_reading()
    return _named(document, to_pdf(document), paper.task.exercise)


def _form(paper: Paper, *, blank: bool = False) -> Response:
    document = copy_of(paper)
    values = {} if blank else paper.written.values
    hidden = {CODE: code_of(paper.task, paper.meant), BASE: str(0 if blank else paper.written.newest)}
    end_reading()
    content = form_to_pdf(document, values, hidden=hidden)
    return named(_pdf(content), f"{document.subtitle}-{paper.name}", "pdf", plain=f"{paper.task.exercise}-form")


def _named(document: Document, content: bytes, exercise: str) -> Response:
    return named(_pdf(content), f"{document.subtitle}-{document.edition}", "pdf", plain=exercise, inline=True)


def _pdf(content: bytes) -> Response:
    return Response(content, mimetype="application/pdf")
