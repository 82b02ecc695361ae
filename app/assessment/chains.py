"""What an attempt takes over from earlier answers of the same person: found, frozen, and compared with what is now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.accounts.actions import record
from app.assessment.models import AnswerChange, Assignment, Attempt, AttemptMember, Submission
from app.assessment.parties import member_ids
from app.assessment.queries import Work
from app.assessment.sheets import Sheet, sheet_for, sheet_name, spec_of
from app.assessment.standing import refuse_unless_writable
from app.assessment.writing import Change, Written, fold
from app.catalogue.models import CourseVersion
from app.catalogue.queries import course_of
from app.cohorts.models import Cohort, Enrolment
from app.documents.blocks import Column, GridField, LedgerField, field_names
from app.documents.questions import row_labels
from app.exercises import Spec, kind_of
from app.exercises.carried import CarriedField, Difference, Earlier, carried_of, differences, is_under
from app.exercises.texts import bare_text
from app.exercises.typed import TICKED


@dataclass(frozen=True)
class News:
    """An earlier exercise whose answer says something else by now."""

    title: str
    was_missing: bool
    """Whether there was no answer yet when this attempt began."""
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class _Found:
    """The answer of an earlier exercise that counts."""

    attempt: Attempt
    exercise: str
    version: CourseVersion
    submission: Submission | None
    zone: str
    written: Written


def carried_now(
    db: Session,
    spec: Spec,
    version: CourseVersion,
    *,
    enrolment_ids: Sequence[int] | Select[int],
    cohort_id: int,
    together: bool = False,
) -> dict[str, Earlier]:
    """What an exercise would take over by now, by the slug of the earlier one. Two statements; none for most.

    Of several people it is what most of them wrote together, else the newest. `together`: others see it by this, so
    that a draft which somebody made alone is not taken.
    """
    wanted = _carriable(spec, version)
    if not wanted:
        return {}
    people = select(Enrolment.person_id).where(Enrolment.id.in_(enrolment_ids))
    found = _found(db, wanted, people, cohort_id=cohort_id, together=together)
    return {slug: _earlier(version, slug, _open_to(spec, found.get(slug)), spec.wanted_of(slug)) for slug in wanted}


def frozen(carried: Mapping[str, Earlier]) -> dict[str, Any]:
    """As an attempt keeps it."""
    return {slug: earlier.model_dump(mode="json") for slug, earlier in carried.items()}


def news_for(db: Session, work: Work) -> tuple[News, ...]:
    """What the earlier answers say by now that this attempt does not have. Two statements; none for most."""
    then = carried_of(work.attempt.carried)
    now = _now(db, work)
    return tuple(_news(then, now))


def take_over(db: Session, work: Work, *, by: int, now: datetime) -> None:
    """Freeze the earlier answers anew, as they are by now. What was written stays; twice does it once."""
    refuse_unless_writable(work, now)
    carried = frozen(_now(db, work))
    if carried != work.attempt.carried:
        work.attempt.carried = carried
        record(db, "attempt-took-over", Attempt, object_id=work.attempt.id, by=by, now=now)


def _now(db: Session, work: Work) -> dict[str, Earlier]:
    ids, together = member_ids(work.attempt.id), work.attempt.group_id is not None
    return carried_now(db, work.spec, work.version, enrolment_ids=ids, cohort_id=work.cohort.id, together=together)


def _news(then: Mapping[str, Earlier], now: Mapping[str, Earlier]) -> Iterator[News]:
    for slug, newest in now.items():
        before = then.get(slug, Earlier(title=newest.title))
        if newest.day is not None and (changed := differences(before, newest)):
            yield News(bare_text(newest.title), before.day is None, changed)


def _carriable(spec: Spec, version: CourseVersion) -> tuple[str, ...]:
    """The earlier exercises; a private answer goes into nothing that others see."""
    exercises = course_of(version).exercises
    return tuple(
        slug for slug in spec.earlier_slugs if slug not in exercises or spec.private or not exercises[slug].private
    )


def _found(
    db: Session, slugs: Sequence[str], people: Select[int], *, cohort_id: int, together: bool
) -> dict[str, _Found]:
    """Slug → the newest answer that counts, else the newest that was saved; of this cohort, else of another."""
    rows = db.execute(
        select(Attempt, Assignment.exercise, Assignment.cohort_id, Cohort.zone, CourseVersion, Submission)
        .join(AttemptMember, AttemptMember.attempt_id == Attempt.id)
        .join(Enrolment, Enrolment.id == AttemptMember.enrolment_id)
        .join(Assignment, Assignment.id == Attempt.assignment_id)
        .join(Cohort, Cohort.id == Assignment.cohort_id)
        .join(CourseVersion, CourseVersion.id == Attempt.version_id)
        .outerjoin(Submission, Submission.attempt_id == Attempt.id)
        .where(Enrolment.person_id.in_(people), Assignment.exercise.in_(slugs))
        .order_by(Attempt.id)
    ).all()
    written = _written(db, {row.Attempt.id: row.Submission for row in rows})
    writers = Counter(row.Attempt.id for row in rows)
    best: dict[str, tuple[tuple[bool, bool, int, datetime], _Found]] = {}
    for row in rows:
        attempt, submission = row.Attempt, row.Submission
        counts = submission is not None and attempt.returned_at is None
        is_blank = not any(text.strip() for text in written[attempt.id].values.values())
        if not counts and (is_blank or (together and attempt.group_id is None)):
            continue
        at = submission.at if submission and counts else written[attempt.id].saved_at or attempt.started_at
        rank = (row.cohort_id == cohort_id, counts, writers[attempt.id], at)
        if row.exercise not in best or rank >= best[row.exercise][0]:
            found = _Found(attempt, row.exercise, row.CourseVersion, submission, row.zone, written[attempt.id])
            best[row.exercise] = (rank, found)
    return {slug: found for slug, (_, found) in best.items()}


def _open_to(spec: Spec, found: _Found | None) -> _Found | None:
    """What was private when it was written stays so, whatever a newer version of its course says."""
    then = course_of(found.version).exercises.get(found.exercise) if found else None
    return None if then is not None and then.private and not spec.private else found


def _written(db: Session, submissions: Mapping[int, Submission | None]) -> dict[int, Written]:
    """Attempt → what counts of it, in one statement."""
    rows = db.scalars(
        select(AnswerChange).where(AnswerChange.attempt_id.in_(submissions)).order_by(AnswerChange.id)
    ).all()
    changes: dict[int, list[Change]] = {attempt_id: [] for attempt_id in submissions}
    for row in rows:
        submission = submissions[row.attempt_id]
        if submission is None or row.id <= (submission.change_id or 0):
            change = Change(row.id, row.client, row.seq, row.base, row.fields, row.stale, row.at, row.late)
            changes[row.attempt_id].append(change)
    return {attempt_id: fold(found) for attempt_id, found in changes.items()}


def _earlier(version: CourseVersion, slug: str, found: _Found | None, wanted: Sequence[str]) -> Earlier:
    exercises = course_of(version).exercises
    if found is None or slug not in course_of(found.version).exercises:
        return Earlier(title=exercises[slug].title if slug in exercises else slug)
    attempt = found.attempt
    seed, carried = attempt.seed, attempt.carried
    spec = spec_of(found.version, slug, seed=seed, carried=carried)
    sheet = sheet_for(sheet_name(found.version, slug, spec, seed=seed, carried=carried), spec)
    at = found.submission.at if found.submission else found.written.saved_at
    return Earlier(
        title=spec.title,
        day=(at or attempt.started_at).astimezone(ZoneInfo(found.zone)).date(),
        attempt_id=attempt.id,
        change_id=found.written.newest,
        fields=tuple(_fields(spec, sheet, found.written.values, wanted)),
    )


@dataclass(frozen=True)
class _Cell:
    """A field as its sheet knows it, or a cell of a table that nobody fills in."""

    name: str
    label: str
    place: tuple[str, str, str] = ("", "", "")
    """What its table, its row and its column are called, where it is in one."""
    given: str = ""
    """What stands there beforehand."""
    choices: Mapping[str, str] = field(default_factory=dict)

    def holding(self, text: str) -> CarriedField:
        shown = self.choices.get(text, "✓" if text == TICKED and not self.choices else text)
        table, row, column = self.place
        return CarriedField(
            name=self.name, label=self.label, text=text, shown=shown, table=table, row=row, column=column
        )


def _fields(spec: Spec, sheet: Sheet, values: Mapping[str, str], wanted: Sequence[str]) -> Iterator[CarriedField]:
    """What stands on a sheet, in its order: filled in, worked out from that, and given in its tables."""
    texts = {**kind_of(spec).worked_out(spec, values), **values}
    for cell in _cells(sheet):
        text = texts.get(cell.name, "").strip() or cell.given
        if text and cell.name not in sheet.hints and (not wanted or is_under(cell.name, wanted)):
            yield cell.holding(text)


def _cells(sheet: Sheet) -> Iterator[_Cell]:
    for block in sheet.fields:
        match block:
            case LedgerField():
                yield from _cells_of_ledger(block)
            case GridField():
                yield from _cells_of_grid(block)
            case _:
                for name in field_names((block,)):
                    yield _Cell(name, sheet.labels[name].striptags(), choices=sheet.choices.get(name, {}))


def _cells_of_ledger(ledger: LedgerField) -> Iterator[_Cell]:
    """Row by row, the given and the worked out among them."""
    labels = row_labels(ledger)
    for row in ledger.rows():
        given, label = {column: text.striptags() for column, text in row.given}, labels[row.id].striptags()
        for column in ledger.columns:
            ids = {option.text.striptags(): option.id for option in column.options}
            text = given.get(column.id, "")
            yield _cell(ledger, row.id, label, column, ids.get(text, text))


def _cells_of_grid(grid: GridField) -> Iterator[_Cell]:
    for row in grid.rows:
        for column in grid.columns:
            yield _cell(grid, row.id, row.label.striptags(), column)


def _cell(table: LedgerField | GridField, row: str, called: str, column: Column, given: str = "") -> _Cell:
    place = (table.label.striptags(), called, column.label.striptags())
    choices = {option.id: option.text.striptags() for option in column.options}
    return _Cell(f"{table.name}.{row}.{column.id}", f"{called} · {place[2]}", place, given, choices)
