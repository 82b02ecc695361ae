"""One demo trainee at work: attempts begun, saved, handed in, marked and given back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from fractions import Fraction
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.assessment.actions import Save, graded, hand_in, save_fields, start_attempt
from app.assessment.queries import Work, marking_spec, marking_version, own_task, own_work, trained_work, written_in
from app.catalogue.queries import course_of
from app.cohorts.models import Cohort, CohortSession
from app.demo.answers import DemoAnswer, answers_of, typed_fields
from app.marking.actions import give_back, mark_attempt
from app.marking.queries import markings_of, newest_by_person
from app.web.viewing import Viewer
from config import PROJECT

EVENING = time(19, 40)
MARKING = time(17, 45)
HOMEWORK = 25
"""Minutes for which somebody sits at it in the evening."""


@dataclass
class Desk:
    """Where somebody does the exercises of a cohort."""

    db: Session
    cohort: Cohort
    folder: str
    """The folder with the answers of this cohort."""
    viewer: Viewer
    number: str
    place: int
    """Counts the people, so that no two do the same at the same minute."""
    attempts: dict[str, int] = field(default_factory=dict)

    def write(self, exercise: str, answer: DemoAnswer, moment: datetime) -> None:
        """Begin, and write the first half; the page saves what stands there. Who writes nothing does it in one go."""
        task = own_task(self.db, self.viewer, self.cohort.id, exercise)
        attempt = start_attempt(self.db, task, by=self.viewer.person_id, now=moment)
        self.db.flush()
        self.attempts[exercise] = attempt.id
        if not answer.in_two_goes:
            return
        work = own_work(self.db, self.viewer, attempt.id)
        first, _ = self._halves(work, answer, moment)
        self._save(work, first, 1, moment + timedelta(minutes=4))

    def finish(self, exercise: str, answer: DemoAnswer, moment: datetime) -> None:
        """Write the rest, and hand it in where they ever did."""
        work = own_work(self.db, self.viewer, self.attempts[exercise], to_change=True)
        first, second = self._halves(work, answer, moment)
        read_again = timedelta(minutes=1 + (self.place + len(exercise)) % 5)
        self._save(work, second if answer.in_two_goes else first | second, 2, moment - read_again)
        if not answer.half:
            spec, version_id = marking_spec(self.db, work), marking_version(self.db, work).id
            known = graded(spec, written_in(self.db, work.attempt.id), version_id=version_id)
            hand_in(self.db, work, known, by=self.viewer.person_id, now=moment)
            self.db.flush()

    def mark(self, exercise: str, answer: DemoAnswer, trainer: Viewer, moment: datetime) -> None:
        """The trainer's levels and comment, or the answer given back."""
        work = trained_work(self.db, trainer, self.attempts[exercise], to_change=True)
        if answer.returned:
            written = written_in(self.db, work.attempt.id)
            by = trainer.person_id
            give_back(self.db, work, written, reason=answer.returned, reopened=False, by=by, now=moment)
            return
        seen = newest_by_person(markings_of(self.db, work.attempt.id))
        levels = [Fraction(level) for level in answer.levels]
        mark_attempt(self.db, work, levels, comment=answer.comment, seen=seen, by=trainer.person_id, now=moment)

    def _halves(self, work: Work, answer: DemoAnswer, moment: datetime) -> tuple[dict[str, str], dict[str, str]]:
        """What stands in the upper fields of the sheet, and in the others."""
        day = moment.astimezone(ZoneInfo(self.cohort.zone)).date()
        fields = list(typed_fields(work.spec, work.sheet.fields, answer, day, number=self.number).items())
        middle = len(fields) // 2 + 1
        return dict(fields[:middle]), dict(fields[middle:])

    def _save(self, work: Work, fields: Mapping[str, str], seq: int, moment: datetime) -> None:
        if fields:
            base = written_in(self.db, work.attempt.id).newest
            save = Save(f"demo-{self.number}", seq, base, fields)
            save_fields(self.db, work, save, by=self.viewer.person_id, now=moment)


def deeds_at_desk(
    desk: Desk, sessions: Mapping[str, CohortSession], trainers: Mapping[str, Viewer], now: datetime
) -> Iterator[tuple[datetime, Callable[[datetime], None]]]:
    """All that this person does, and is told, each with its time."""
    in_class, at_home = _places(desk.cohort)
    default = next(iter(trainers))
    for exercise, answer in answers_of(PROJECT, desk.folder, desk.number).items():
        session = sessions[in_class.get(exercise) or at_home[exercise]]
        for day, one in enumerate(answer.tries):
            begun, done = _times(desk, session, now, in_class=exercise in in_class and not day)
            late = timedelta(days=day + one.late)
            begun, done = begun + late, done + late
            yield begun, partial(desk.write, exercise, one)
            yield done, partial(desk.finish, exercise, one)
            if one.levels or one.returned:
                trainer = trainers[one.by or default]
                yield _marked_at(desk, done), partial(desk.mark, exercise, one, trainer)


def _places(cohort: Cohort) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Exercise → its session, of those done in class and of those done at home."""
    in_class: dict[str, str] = {}
    at_home: dict[str, str] = {}
    for session in course_of(cohort.version).sessions:
        in_class |= {slug: session.id for slot in session.slots for slug in slot.exercise}
        at_home |= dict.fromkeys(session.practice, session.id)
    return in_class, at_home


def _times(desk: Desk, session: CohortSession, now: datetime, *, in_class: bool) -> tuple[datetime, datetime]:
    """When somebody begins and hands in: in class before its end, else in the evening; ahead of a course lately."""
    zone = ZoneInfo(desk.cohort.zone)
    midnight = datetime.combine(session.day, time(), zone)
    if midnight > now:
        evening = datetime.combine(now.astimezone(zone).date() - timedelta(days=2 + desk.place), EVENING, zone)
        return evening, evening + timedelta(minutes=HOMEWORK)
    if in_class:
        done = midnight + timedelta(minutes=session.starts + session.minutes - 25 + desk.place * 2)
        return done - timedelta(minutes=16 + desk.place % 5), done
    begun = datetime.combine(session.day, EVENING, zone) + timedelta(minutes=desk.place * 7)
    return begun, begun + timedelta(minutes=HOMEWORK + desk.place % 4 * 6)


def _marked_at(desk: Desk, done: datetime) -> datetime:
    """On the day after, when the room is empty."""
    zone = ZoneInfo(desk.cohort.zone)
    evening = datetime.combine(done.astimezone(zone).date() + timedelta(days=1), MARKING, zone)
    return evening + timedelta(minutes=desk.place * 5)
