"""What the marking page shows: one answer with what the key says to it, the rubric as tiles, and who comes next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from markupsafe import Markup
from sqlalchemy.orm import Session

from app.assessment.marking_actions import can_hand_in_no_more
from app.assessment.marking_forms import Draft, criterion_name, draft_of
from app.assessment.marking_queries import (
    Given,
    QueueRow,
    markings_of,
    members_by_name,
    names_around,
    newest_by_person,
    queue_of,
)
from app.assessment.models import Attempt, Submission
from app.assessment.queries import Work, attempts_at, handed_in
from app.assessment.rules import Result, Times, may_see_result, result_of
from app.assessment.showing import (
    Clash,
    Head,
    PartRow,
    case_markup,
    clashes,
    head_of,
    part_rows,
    points_in_words,
    sheet_markup,
)
from app.assessment.writing import Written
from app.catalogue.showing import icons_url
from app.documents.blocks import Text
from app.documents.html import to_html
from app.documents.markdown import inline, parse_markdown
from app.exercises import Spec, model_answer_of
from app.web.language import current_language, moment_in_words, zone_of_viewer
from app.words import Sentence, say


@dataclass(frozen=True)
class Tile:
    """A level of a criterion, to be chosen."""

    value: str
    text: Text
    points: str
    chosen: bool


@dataclass(frozen=True)
class Tiles:
    """A criterion of the rubric with its levels."""

    name: str
    label: Text
    tiles: tuple[Tile, ...]


@dataclass(frozen=True)
class Past:
    """A marking that was given, as the history tells it."""

    what: Sentence
    at: datetime | None
    by: str
    points: str
    levels: tuple[tuple[Text, str], ...]
    comment: str
    reason: str
    new: bool
    """Whether it came while the page was open."""


@dataclass(frozen=True)
class Desk:
    """One answer with everything that is known of it, for a trainer of the cohort."""

    work: Work
    head: Head
    names: tuple[str, ...]
    """Of everybody who worked on it."""
    handed_in_by: str
    """Empty where they did so themselves."""
    returned_by: str
    case: Markup
    sheet: Markup
    written: Written
    clashes: tuple[Clash, ...]
    note: Markup
    model: Markup
    result: Result
    parts: tuple[PartRow, ...]
    keyed: str
    keyed_number: float
    rubric: tuple[Tiles, ...]
    draft: Draft
    given: tuple[Past, ...]
    newest: int
    """The id of the newest marking by a person."""
    attempts: tuple[tuple[Attempt, int, Submission | None], ...]
    queue: tuple[QueueRow, ...]
    before: int | None
    after: int | None
    visible: bool
    visibility: Sentence
    can_give_back: bool
    can_hand_in_for: bool
    closed: bool
    overtaken: bool
    """Whether somebody else marked while the page was open."""

    def seen_of(self, form: str) -> int:
        """The newest marking that whoever sends this form has seen."""
        return self.draft.seen if self.draft.used == form and not self.overtaken else self.newest

    @property
    def markable(self) -> bool:
        return self.work.submission is not None and self.work.attempt.returned_at is None and not self.archived

    @property
    def archived(self) -> bool:
        return self.work.cohort.archived_at is not None

    @property
    def done(self) -> int:
        return sum(row.state == "marked" for row in self.queue)

    @property
    def waiting(self) -> int:
        return sum(row.state == "waits" for row in self.queue)


def desk_of(db: Session, work: Work, draft: Draft | None, *, overtaken: bool, now: datetime) -> Desk:
    """The page of one answer; `draft`: what was typed and not kept. The same few statements for every answer."""
    spec, given, names = work.spec, markings_of(db, work.attempt.id), names_around(db, work)
    result, written = result_of(spec, (each.mark for each in given)), handed_in(db, work)
    attempts = attempts_at(db, work.enrolment.id, work.assignment.exercise)
    queue = queue_of(db, work.cohort.id, work.assignment.exercise)
    newest, head = newest_by_person(given), head_of(spec, work.version)
    before, after = _neighbours(queue, work.enrolment.id)
    keyed = sum((part.earned for part in result.keyed), Fraction(0))
    draft = draft or draft_of(result, newest)
    submitted_by = work.submission.by_id if work.submission else None
    last = attempts[-1][1] == work.number
    return Desk(
        work=work,
        head=head,
        names=members_by_name(db, work.attempt.id),
        handed_in_by="" if submitted_by in (None, work.enrolment.person_id) else names.get(submitted_by, ""),
        returned_by=names.get(work.attempt.returned_by_id or 0, ""),
        case=case_markup(work),
        sheet=sheet_markup(work, written.values, readonly=True),
        written=written,
        clashes=clashes(work, written.conflicts),
        note=_note_markup(spec),
        model=sheet_markup(work, model_answer_of(spec), readonly=True, scope="model-")
        if _has_model(spec)
        else Markup(),
        result=result,
        parts=part_rows(result, head.language),
        keyed=points_in_words(keyed),
        keyed_number=float(keyed),
        rubric=_rubric(spec, draft if draft.used == "mark" else draft_of(result, newest)),
        draft=draft,
        given=tuple(_past(spec, each, seen=draft.seen if overtaken else newest) for each in reversed(given)),
        newest=newest,
        attempts=tuple(attempts),
        queue=queue,
        before=before,
        after=after,
        visible=may_see_result(spec, work.times, now),
        visibility=visibility(spec, work.times, result, now),
        can_give_back=last,
        can_hand_in_for=work.submission is None
        and work.attempt.returned_at is None
        and written.newest > 0
        and can_hand_in_no_more(db, work, now),
        closed=work.times.is_closed(now),
        overtaken=overtaken,
    )


def visibility(spec: Spec, times: Times, result: Result, now: datetime) -> Sentence:
    """Whether the trainee can see the result by now, and why not."""
    if may_see_result(spec, times, now):
        return (
            say("The trainee sees your marks as soon as you save them.")
            if result.waits
            else say("The trainee can see this result.")
        )
    if spec.feedback == "on_release":
        return say("The trainee sees nothing of this until the results are released.")
    if times.closes_at is None:
        return say("The trainee sees this once the exercise is closed or released; it has no closing time yet.")
    closes = moment_in_words(times.closes_at, current_language(), zone=zone_of_viewer())
    return say("The trainee sees this from {time}, when the exercise closes, or once it is released.", time=closes)


def _has_model(spec: Spec) -> bool:
    return any(text.strip() for text in model_answer_of(spec).values())


def _note_markup(spec: Spec) -> Markup:
    blocks = parse_markdown(spec.note).blocks
    return to_html(blocks, language=current_language(), icons_url=icons_url(), heading_offset=2) if blocks else Markup()


def _rubric(spec: Spec, draft: Draft) -> tuple[Tiles, ...]:
    chosen = (*draft.chosen, *(None for _ in spec.rubric))
    return tuple(
        Tiles(
            criterion_name(number),
            inline(criterion.criterion),
            tuple(
                Tile(str(level.points), inline(level.text), points_in_words(level.points), level.points == points)
                for level in sorted(criterion.levels, key=lambda level: level.points)
            ),
        )
        for number, (criterion, points) in enumerate(zip(spec.rubric, chosen, strict=False))
    )


def _past(spec: Spec, given: Given, *, seen: int) -> Past:
    mark = given.mark
    levels = tuple(Fraction(points) for points in mark.parts.get("levels", ()))
    return Past(
        _WHAT[mark.marked_by] if mark.earned is not None else say("Points set by hand taken back"),
        mark.at,
        mark.by,
        points="" if mark.earned is None else points_in_words(mark.earned),
        levels=tuple(
            (inline(criterion.criterion), points_in_words(points))
            for criterion, points in zip(spec.rubric, levels, strict=False)
        ),
        comment=mark.comment,
        reason=mark.reason,
        new=given.by_person and given.id > seen,
    )


_WHAT = {
    "key": say("Marked by key"),
    "trainer": say("Marked with the rubric"),
    "override": say("Points set by hand"),
}


def _neighbours(queue: tuple[QueueRow, ...], enrolment_id: int) -> tuple[int | None, int | None]:
    """The answers before and after that of somebody, among those that have begun."""
    begun = [row for row in queue if row.attempt_id is not None]
    here = next((n for n, row in enumerate(begun) if row.enrolment_id == enrolment_id), None)
    if here is None:
        return None, None
    return (
        begun[here - 1].attempt_id if here else None,
        begun[here + 1].attempt_id if here + 1 < len(begun) else None,
    )
