"""What the marking page shows: one answer with what the key says to it, the rubric as tiles, and who comes next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from sqlalchemy.orm import Session

from app.assessment.late import Late, late_texts
from app.assessment.models import Attempt, Submission
from app.assessment.queries import Work, attempts_at, extra_minutes, handed_in, marking_spec
from app.assessment.rules import Result, Times, may_see_result
from app.assessment.showing import shown_text
from app.documents.blocks import Text
from app.exercises import Spec
from app.marking.actions import can_hand_in_no_more
from app.marking.anonymous import Veil, veil_for
from app.marking.claims import is_second_at, who_is_at
from app.marking.forms import Draft
from app.marking.phrases import PhraseRow, phrases_of
from app.marking.queries import QueueRow, markings_of, members_by_name, names_around, queue_of, sheet_by_sheet
from app.marking.second import unseen_by_second
from app.marking.shown import Shown
from app.web.language import current_language, moment_in_words, zone_of_viewer
from app.web.viewing import Viewer
from app.words import Sentence, say


@dataclass(frozen=True)
class LateRow:
    """A field of which another text arrived after the end, in words."""

    label: Text
    stands: str
    late: str
    others: tuple[str, ...]


@dataclass(frozen=True)
class Desk(Shown):
    """One answer with everything that is known of it, for a trainer of the cohort."""

    others: Mapping[int, str]
    """The names of whoever handed it in or gave it back, by their ids."""
    attempts: tuple[tuple[Attempt, int, Submission | None], ...]
    queue: tuple[QueueRow, ...]
    can_hand_in_for: bool
    late: Late | None
    """What arrived after the end and does not count."""
    extra: int
    """Minutes that the trainee has more than the others."""
    holder: str
    """Somebody else who is at this answer; "" for nobody."""
    phrases: tuple[PhraseRow, ...]
    viewer: Viewer
    blind: bool
    """Whether the viewer is at it as the second marker, who is not to see what the first one gave."""

    @property
    def takes_marks(self) -> bool:
        return super().takes_marks and not self.blind

    @property
    def undoable(self) -> int:
        """The marking that the viewer may take back; 0 for none."""
        newest = next((each for each in reversed(self.given) if each.by_person), None)
        if newest is None or newest.mark.marked_by != "trainer" or newest.mark.earned is None:
            return 0
        return newest.id if newest.by_id == self.viewer.person_id else 0

    @property
    def handed_in_by(self) -> str:
        """Empty where they did so themselves."""
        by = self.work.submission.by_id if self.work.submission and not self.hides_names else None
        name = "" if by in (None, self.work.enrolment.person_id) else self.others.get(by, "")
        return "" if name in self.names else name  # one of a group hands in for all

    @property
    def returned_by(self) -> str:
        return self.others.get(self.work.attempt.returned_by_id or 0, "")

    @property
    def late_rows(self) -> tuple[LateRow, ...]:
        work, labels = self.work, self.work.sheet.labels
        return tuple(
            LateRow(
                labels[each.field],
                shown_text(work, each.field, each.stands),
                shown_text(work, each.field, each.late),
                tuple(shown_text(work, each.field, text) for text in each.others),
            )
            for each in (self.late.texts if self.late else ())
            if each.field in labels
        )

    @cached_property
    def neighbours(self) -> tuple[int | None, int | None]:
        """The answers before and after this one, among those that have begun."""
        return _neighbours(self.queue, self.work.enrolment.id)

    @property
    def visible(self) -> bool:
        return may_see_result(self.spec, self.work.times.with_extra(self.extra), self.now)

    @property
    def visibility(self) -> Sentence:
        return visibility(self.spec, self.work.times.with_extra(self.extra), self.result, self.now)

    @property
    def can_give_back(self) -> bool:
        return self.attempts[-1][1] == self.work.number

    @property
    def closed(self) -> bool:
        return self.work.times.with_extra(self.extra).is_closed(self.now)

    @property
    def done(self) -> int:
        return sum(row.state == "marked" for row in self.queue)

    @property
    def waiting(self) -> int:
        return sum(row.state == "waits" for row in self.queue)


def desk_of(db: Session, viewer: Viewer, work: Work, typed: Draft | None, *, overtaken: bool, now: datetime) -> Desk:
    """The page of one answer; `typed`: what was sent and not kept. The same few statements for every answer."""
    written, cohort_id, exercise = handed_in(db, work), work.cohort.id, work.assignment.exercise
    unsent = work.submission is None and work.attempt.returned_at is None and written.newest > 0
    veil, blind = veil_for(db, viewer, [cohort_id]), is_second_at(db, viewer, work.attempt.id, now=now)
    given, queue = markings_of(db, work.attempt.id), sheet_by_sheet(queue_of(db, cohort_id, exercise))
    if blind:
        given, queue = unseen_by_second(given), tuple(replace(row, result=None) for row in queue)
    names = (veil.name(cohort_id, exercise, work.enrolment.id),) if veil else members_by_name(db, work.attempt.id)
    return Desk(
        work,
        marking_spec(db, work),
        names,
        veil is not None,
        written,
        given,
        typed=typed,
        overtaken=overtaken,
        now=now,
        others=names_around(db, work),
        attempts=tuple(attempts_at(db, work.enrolment.id, exercise)),
        queue=_veiled(queue, veil, cohort_id, exercise),
        can_hand_in_for=unsent and can_hand_in_no_more(db, work, now),
        late=late_texts(db, work),
        extra=extra_minutes(db, cohort_id, exercise, [work.enrolment.id]),
        holder=who_is_at(db, viewer, work.attempt.id, second=False, now=now),
        phrases=phrases_of(db, viewer, exercise),
        viewer=viewer,
        blind=blind,
    )


def _veiled(queue: tuple[QueueRow, ...], veil: Veil | None, cohort_id: int, exercise: str) -> tuple[QueueRow, ...]:
    """The queue by numbers, where no names are to be seen."""
    if veil is None:
        return queue
    by_number = sorted(queue, key=lambda row: veil.number(cohort_id, exercise, row.enrolment_id))

    def named(enrolment_id: int) -> str:
        return veil.name(cohort_id, exercise, enrolment_id)

    return tuple(
        replace(row, name=named(row.enrolment_id), others=tuple((each, named(each)) for each, _ in row.others))
        for row in by_number
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


def _neighbours(queue: tuple[QueueRow, ...], enrolment_id: int) -> tuple[int | None, int | None]:
    """The answers before and after that of somebody, among those that have begun."""
    begun = [row for row in queue if row.attempt_id is not None]
    here = next((n for n, row in enumerate(begun) if row.is_of(enrolment_id)), None)
    if here is None:
        return None, None
    return (
        begun[here - 1].attempt_id if here else None,
        begun[here + 1].attempt_id if here + 1 < len(begun) else None,
    )
