"""Marks in a workbook: downloading it, and taking what came back, which is shown before anything is written."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import clock
from app.assessment.showing import points_in_words
from app.assessment.table_queries import people_of
from app.assessment.table_views import trained_cohort
from app.cohorts.actions import refuse_archived
from app.cohorts.models import Cohort
from app.errors import UserError
from app.exercises.numbers import in_figures
from app.gradebook.actions import MOST_MARKS, override_each, take_turns
from app.gradebook.blueprint import COHORT, bp
from app.gradebook.cells import MOST_BYTES, Cell, Grid
from app.gradebook.finding import Sent, SentCell
from app.gradebook.judging import Verdict, judge
from app.gradebook.keys import Stamp, enrolment_of_key, key_of
from app.gradebook.marks import mark_columns, mark_sheet, marks_since, newest_marking, sent_of
from app.web.downloads import named
from app.web.exports import XLSX
from app.web.forms import read_id
from app.web.guards import signed_in
from app.web.language import words
from app.web.transactions import get_db, only_look
from app.web.viewing import signed_in_viewer
from app.words import Sentence, say

MARKS = f"{COHORT}/marks"
MOST_LINES = 20_000
MOST_WRONG = 200
"""That are shown: whoever has more of them has one mistake many times."""
HEADINGS = (say("Key: leave as it is"), say("Number"), say("Name"), say("Department"))


@bp.get(MARKS)
@signed_in
def marks(cohort_id: int) -> str:
    """The two steps: download, and send back."""
    return _form(trained_cohort(cohort_id))


@bp.get(f"{COHORT}/marks.xlsx")
@signed_in
def marks_xlsx(cohort_id: int) -> Response:
    """The workbook with the marks as they stand."""
    from app.gradebook.workbook import marks_workbook  # noqa: PLC0415 -- 5 MB that only an export needs

    cohort = trained_cohort(cohort_id)
    headings = tuple(words(each) for each in HEADINGS)
    made = mark_sheet(get_db(), cohort, headings, most=lambda points: words(most_words(points)), now=clock.now())
    return named(Response(marks_workbook(made), mimetype=XLSX), cohort.name, "xlsx", plain="marks")


@bp.post(f"{MARKS}/check")
@signed_in
def check_marks(cohort_id: int) -> ResponseReturnValue:
    """Show what a workbook would do; nothing is written."""
    only_look()  # a large workbook takes seconds, in which others save
    cohort = trained_cohort(cohort_id)
    try:
        refuse_archived(cohort)
        sent = sent_of(get_db(), cohort, _sent_grids())
    except UserError as refused:
        return _form(cohort, refused.sentence), 422
    return _preview(cohort, sent, judge(sent, marks_since(get_db(), cohort, sent.stamp, now=clock.now())))


@bp.post(MARKS)
@signed_in
def take_marks(cohort_id: int) -> ResponseReturnValue:
    """Write the marks that were shown where all are right still, or those that are where that is asked."""
    db, cohort, now = get_db(), trained_cohort(cohort_id), clock.now()
    sent = _sent_again(cohort)
    known = marks_since(db, cohort, sent.stamp, now=now).known
    places = ((each.enrolment_id, each.slug) for each in sent.cells)
    take_turns(db, {known[place].attempt_id for place in places if place in known} - {0})
    verdict = judge(sent, marks_since(db, cohort, sent.stamp, now=now))  # others may have marked before it was our turn
    if verdict.wrong and request.form.get("how") != "good":
        return _preview(cohort, sent, verdict, again=True), 422
    reason = words(say("Entered from a workbook"))
    override_each(db, cohort, verdict.points, reason=reason, by=signed_in_viewer().person_id, now=now)
    return redirect(url_for("gradebook.marks", cohort_id=cohort_id, written=len(verdict.points)), 303)


def _sent_grids() -> tuple[Grid, ...]:
    """The sheets of the file that was sent. Raises UserError."""
    from app.gradebook.reading import grids_of  # noqa: PLC0415 -- brings openpyxl, which few requests need

    file = request.files.get("file")
    if file is None or not file.filename:
        raise UserError(say("Choose the workbook first."))
    return grids_of(file.stream.read(MOST_BYTES + 1))


def most_words(points: Fraction) -> Sentence:
    """What stands behind the title of an exercise."""
    return say("(up to {points})", points=in_figures(points))


def _form(cohort: Cohort, refused: Sentence | None = None) -> str:
    return render_template(
        "gradebook/marks.html",
        cohort=cohort,
        refused=refused,
        written=read_id(request.args.get("written", "")),
        megabytes=MOST_BYTES // 1024 // 1024,
    )


def _preview(cohort: Cohort, sent: Sent, verdict: Verdict, *, again: bool = False) -> str:
    db = get_db()
    changes = verdict.changes[:MOST_MARKS]
    taken = {each.address for each in changes}
    good = [cell for cell in sent.cells if cell.address in taken]
    return render_template(
        "gradebook/marks_preview.html",
        cohort=cohort,
        sent=sent,
        verdict=verdict,
        changes=changes,
        wrong=verdict.wrong[:MOST_WRONG],
        lines="\n".join(_lines(good)),
        stamp=sent.stamp.text(cohort),
        names={key: name for key, _, name, _ in people_of(db, cohort.id)},
        titles={column.slug: column.title for column in mark_columns(db, cohort)},
        points=points_in_words,
        again=again,
    )


def _lines(cells: list[SentCell]) -> Iterator[str]:
    """The cells for a hidden field; `_sent_again` reads them back."""
    for each in cells:
        yield "\t".join((each.address, key_of(each.enrolment_id), each.slug, each.cell.text.strip()))


def _sent_again(cohort: Cohort) -> Sent:
    """What was shown before. Raises UserError for a form that is none of ours."""
    db, form = get_db(), request.form
    stamp = Stamp.read(form.get("stamp", ""))
    if stamp is None or stamp.text(cohort) != form["stamp"].strip() or stamp.marking_id > newest_marking(db):
        raise UserError(say("This page has lost what was sent. Send the workbook again."))
    people = {key for key, *_ in people_of(db, cohort.id)}
    slugs = {column.slug for column in mark_columns(db, cohort)}
    lines = form.get("cells", "").replace("\r\n", "\n").split("\n")[:MOST_LINES]
    found = [_cell(line, people, slugs) for line in lines if line.strip()]
    return Sent(stamp, tuple(found))


def _cell(line: str, people: set[int], slugs: set[str]) -> SentCell:
    parts = line.split("\t")
    enrolment_id = enrolment_of_key(parts[1]) if len(parts) == 4 else None
    if enrolment_id not in people or parts[2] not in slugs:
        raise UserError(say("This page has lost what was sent. Send the workbook again."))
    return SentCell(parts[0][:20], enrolment_id, parts[2], Cell("text", parts[3]))
