"""The trainer's pages about all exercises of a cohort: their times, and the table of who did what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import clock
from app.assessment.assigning import read_times, refuse_unknown, release_results, set_times, shown_times
from app.assessment.blueprint import COHORT, EXERCISE, bp
from app.assessment.deadlines import extra_times
from app.assessment.rules import STATE_CHIPS, STATE_WORDS
from app.assessment.showing import points_in_words
from app.assessment.table_queries import (
    Cell,
    CohortTable,
    TableRow,
    cohort_table,
    counts_by_exercise,
    exercise_columns,
)
from app.classroom.rules import TICK_SIGNS, TICK_WORDS
from app.cohorts.models import Cohort
from app.cohorts.queries import cohort_for, is_trainer_of
from app.errors import NotFound
from app.exercises import shows_together
from app.web.exports import Column, Kind, Value, csv_download, xlsx_download
from app.web.guards import NOTHING_HERE, signed_in
from app.web.language import words
from app.web.transactions import get_db
from app.web.viewing import signed_in_viewer
from app.words import Sentence, say

EXCUSED: tuple[Sentence, str, str] = (say("Excused from it"), "", "circle")
_OF_EXERCISE: tuple[tuple[Sentence, Kind], ...] = ((say("state"), "text"), (say("points"), "number"))


@bp.get(f"{COHORT}/exercises")
@signed_in
def assignments(cohort_id: int) -> str:
    """The exercises of a cohort: from when, until when, how many handed in, what waits, what is released."""
    cohort = cohort_for(get_db(), signed_in_viewer(), cohort_id)
    return _assignments(cohort)


@bp.post(f"{COHORT}/exercises")
@signed_in
def change_assignments(cohort_id: int) -> ResponseReturnValue:
    """Set the times of all exercises at once, or of none where one of them cannot be read."""
    db, viewer = get_db(), signed_in_viewer()
    cohort = cohort_for(db, viewer, cohort_id)
    columns = exercise_columns(db, cohort)
    refuse_unknown(columns, request.form)
    wanted = read_times(columns, request.form, ZoneInfo(cohort.zone))
    if wanted.errors:
        return _assignments(cohort, dict(wanted.typed), dict(wanted.errors)), 422
    set_times(db, cohort, wanted.windows, by=viewer.person_id, now=clock.now())
    return redirect(url_for("assessment.assignments", cohort_id=cohort_id, done=1), 303)


@bp.post(f"{EXERCISE}/release")
@signed_in
def release(cohort_id: int, exercise: str) -> ResponseReturnValue:
    """Let trainees see the results of an exercise, or take that back."""
    db, viewer = get_db(), signed_in_viewer()
    cohort = trained_cohort(cohort_id)
    if exercise not in {column.slug for column in exercise_columns(db, cohort)}:
        raise NotFound(NOTHING_HERE)
    wanted = request.form.get("release") != "no"
    release_results(db, cohort, exercise, release=wanted, by=viewer.person_id, now=clock.now())
    if request.form.get("then") == "together":
        return redirect(url_for("assessment.together", cohort_id=cohort_id, exercise=exercise), 303)
    return redirect(url_for("assessment.assignments", cohort_id=cohort_id, done=1), 303)


@bp.get(f"{COHORT}/table", endpoint="cohort_table")
@signed_in
def cohort_table_page(cohort_id: int) -> str:
    """Trainees by sessions and exercises."""
    cohort = trained_cohort(cohort_id)
    table = cohort_table(get_db(), cohort, now=clock.now())
    return render_template(
        "assessment/table.html",
        cohort=cohort,
        table=table,
        looks=looks_of(table),
        states={
            **{state: (words(sentence), *STATE_CHIPS[state]) for state, sentence in STATE_WORDS.items()},
            "excused": (words(EXCUSED[0]), *EXCUSED[1:]),
        },
        attendance={state: (words(sign), words(TICK_WORDS[state])) for state, sign in TICK_SIGNS.items()},
        points=points_in_words,
    )


@bp.get(f"{COHORT}/table.csv", endpoint="cohort_table_csv")
@signed_in
def cohort_table_csv(cohort_id: int) -> Response:
    """The same table for a spreadsheet, without private exercises."""
    cohort = trained_cohort(cohort_id)
    table = cohort_table(get_db(), cohort, now=clock.now())
    return csv_download(cohort.name, _columns(table), (tuple(_line(table, row)) for row in table.rows))


@bp.get(f"{COHORT}/table.xlsx", endpoint="cohort_table_xlsx")
@signed_in
def cohort_table_xlsx(cohort_id: int) -> Response:
    """The same as an Excel workbook."""
    cohort = trained_cohort(cohort_id)
    table = cohort_table(get_db(), cohort, now=clock.now())
    return xlsx_download(cohort.name, cohort.name, _columns(table), (tuple(_line(table, row)) for row in table.rows))


@dataclass(frozen=True)
class Looks:
    """The cells of the table as they are drawn: what each differs in, and which cell looks how."""

    different: tuple[Cell, ...]
    rows: tuple[tuple[tuple[int, int | None], ...], ...]
    """For each trainee and exercise: which of `different` it looks like, and the attempt it leads to."""


def looks_of(table: CohortTable) -> Looks:
    """Of 12,000 cells some dozens look different; those are drawn, and the others repeat them."""
    numbers: dict[tuple[object, ...], int] = {}
    different: list[Cell] = []
    rows: list[tuple[tuple[int, int | None], ...]] = []
    for row in table.rows:
        line = []
        for cell in row.cells:
            earned = cell.earned
            points = None if earned is None else (earned.numerator, earned.denominator)
            key = (cell.state, points, cell.attempt_id is None)
            if key not in numbers:
                numbers[key] = len(different)
                different.append(cell)
            line.append((numbers[key], cell.attempt_id))
        rows.append(tuple(line))
    return Looks(tuple(different), tuple(rows))


def trained_cohort(cohort_id: int) -> Cohort:
    """A cohort whose answers the viewer may see: those of its trainers alone. Raises NotFound."""
    db, viewer = get_db(), signed_in_viewer()
    cohort = cohort_for(db, viewer, cohort_id)
    if not is_trainer_of(db, viewer.person_id, cohort_id):
        raise NotFound(NOTHING_HERE)
    return cohort


def _assignments(cohort: Cohort, typed: dict[str, str] | None = None, errors: dict[str, Sentence] | None = None) -> str:
    db, now = get_db(), clock.now()
    columns = exercise_columns(db, cohort)
    return render_template(
        "assessment/assignments.html",
        cohort=cohort,
        columns=columns,
        counts=counts_by_exercise(db, cohort.id),
        extra=Counter(slug for slug, _ in extra_times(db, cohort.id)),
        typed=typed or shown_times(columns, ZoneInfo(cohort.zone)),
        errors=errors or {},
        done="done" in request.args and not errors,
        may_release=is_trainer_of(db, signed_in_viewer().person_id, cohort.id),
        shows_together=shows_together,
        now=now,
        points=points_in_words,
    )


def _columns(table: CohortTable) -> list[Column]:
    names = [Column(words(each), width=16) for each in (say("Number"), say("Name"), say("Department"))]
    sessions = [Column(f"{session.starts_on} {session.title.striptags()}", width=14) for session in table.sessions]
    exercises = [
        Column(f"{column.title.striptags()} {words(what)}", kind)
        for column in table.exercises
        if not column.spec.private
        for what, kind in _OF_EXERCISE
    ]
    return [*names, *sessions, *exercises, Column(words(say("Points")), "number")]


def _line(table: CohortTable, row: TableRow) -> Iterator[Value]:
    yield from (row.number, row.display_name, row.department)
    yield from (words(TICK_WORDS[state]) if state else "" for state in row.attendance)
    for column, cell in zip(table.exercises, row.cells, strict=True):
        if not column.spec.private:
            yield words(EXCUSED[0] if cell.state == "excused" else STATE_WORDS[cell.state])
            yield cell.earned
    yield row.earned
