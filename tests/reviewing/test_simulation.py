"""Rounds drawn at random, with absentees, trolls, latecomers and leavers, against an oracle that knows no rule of ours.

Whatever happens: nobody reviews their own or their group's answer, everybody who handed in has as much to do as the
others, every answer gets as many reviews as were asked for or its page says why not, a troll stays between the honest
ones, and nothing that was put down moves by itself.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction
from random import Random

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.assessment.models import Attempt, AttemptMember, Marking, Submission
from app.assessment.queries import any_work, marking_spec, result_for
from app.assessment.rules import rubric_version
from app.classroom.models import Group, GroupMember
from app.db import Database
from app.reviewing.models import Review, ReviewRound
from app.reviewing.queries import facts_of, round_of
from app.reviewing.rounds import Plan
from app.reviewing.rules import mean_levels
from app.reviewing.sweeper import sweep_rounds
from tests.conftest import NOW
from tests.reviewing.samples import Class, answer, create_class, mark, open_for, review
from tests.survival.sizes import sized

Create = Callable[..., Person]
DURING = NOW + timedelta(hours=2)
LATER = NOW + timedelta(days=3)
TROLLS: dict[str, Callable[[Random], tuple[int, int]]] = {
    "nothing": lambda _random: (0, 0),
    "all": lambda _random: (3, 3),
    "at random": lambda random: (random.choice((0, 3)), random.choice((0, 3))),
}
INSULT = "什么玩意儿"


@pytest.fixture(autouse=True)
def _in_the_application(app: Flask) -> Iterator[None]:
    """Letters ask it for the mail server."""
    with app.app_context():
        yield


@dataclass
class Tale:
    """What happens in one round, all of it drawn beforehand."""

    random: Random
    size: int
    reviewers: int
    least: int
    together: bool
    troll: str
    worth: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Attempt → what it is worth."""

    @property
    def away(self) -> int:
        """Handed in nothing."""
        return self.size - 1

    @property
    def silent(self) -> int:
        """Handed in, and reviews nothing."""
        return self.size - 2


def tale_of(seed: int) -> Tale:
    random = Random(seed)  # noqa: S311 -- samples, not secrets
    size = random.choice([3, 4, 5, 6, 7, 9, 12, *([25, 40] if sized(0, 1) else [])])
    reviewers = random.randint(1, 4)
    return Tale(
        random,
        size,
        reviewers,
        random.randint(1, reviewers),
        together=size >= 6 and random.random() < 0.4,
        troll=random.choice(list(TROLLS)),
    )


def sit_down(db: Session, room: Class, tale: Tale) -> None:
    """Groups of two or three; the last person of the class is in one as well, and absent."""
    numbers = list(range(tale.size))
    while numbers:
        count = len(numbers) if len(numbers) <= 3 else tale.random.choice((2, 3))
        group = Group(cohort_id=room.cohort.id, work="group", name=f"组{len(numbers)}", created_at=NOW)
        db.add(group)
        db.flush()
        for number in numbers[:count]:
            own = room.enrolments[number].id
            db.add(GroupMember(enrolment_id=own, work="group", group_id=group.id, leads=False, joined_at=NOW))
        del numbers[:count]
    db.flush()


def hand_in(db: Session, room: Class, tale: Tale, number: int) -> None:
    if db.scalars(select(AttemptMember).where(AttemptMember.enrolment_id == room.enrolments[number].id)).first():
        return  # their group did
    attempt = answer(db, room, number)
    tale.worth[attempt.id] = (tale.random.randint(0, 3), tale.random.randint(0, 3))


def judge(db: Session, room: Class, tale: Tale, number: int) -> None:
    """Everything that somebody still owes."""
    for asked in awaited(db, room.enrolments[number].id):
        if number == 0:
            review(db, room, number, asked, TROLLS[tale.troll](tale.random), comment=INSULT, now=DURING)
        else:
            near = [min(3, max(0, level + tale.random.choice((-1, 0, 0, 1)))) for level in tale.worth[asked.attempt_id]]
            review(db, room, number, asked, near, comment=f"{number} 评 {asked.id}", now=DURING)


def awaited(db: Session, enrolment_id: int) -> list[Review]:
    wanted = select(Review).where(Review.enrolment_id == enrolment_id, Review.done_at.is_(None))
    return list(db.scalars(wanted.where(Review.excused_at.is_(None)).order_by(Review.id)))


def play(database: Database, create_person: Create, trainer: Person, tale: Tale) -> Class:
    """From an empty class to a round that is settled."""
    over = {"work": "group"} if tale.together else {}
    with database.transaction() as db:
        room = create_class(db, create_person, trainer, tale.size, **over)
        if tale.together:
            sit_down(db, room, tale)
        late = tale.size - 3 if tale.size > 4 and not tale.together else None
        for number in range(tale.size):
            if number not in (tale.away, late):
                hand_in(db, room, tale, number)
        open_for(db, room, Plan(tale.reviewers, tale.least, anonymous=True, closes_at=NOW + timedelta(days=2)))
        check_the_draw(db, room, tale)
        judge(db, room, tale, 0)
    if late is not None:
        with database.transaction() as db:
            hand_in(db, room, tale, late)
        sweep_rounds(database, now=lambda: DURING)
        with database.reading() as db:
            check_the_loads(db)
    if tale.size > 5:
        with database.transaction() as db:
            db.merge(room.enrolments[2]).withdrawn_at = DURING
        sweep_rounds(database, now=lambda: DURING)
    with database.transaction() as db:
        check_that_nobody_reviews_their_own(db, room)
        gone = {2} if tale.size > 5 else set()
        for number in sorted({*range(tale.size)} - {tale.away, tale.silent} - gone):
            judge(db, room, tale, number)
    sweep_rounds(database, now=lambda: LATER)
    return room


def check_the_draw(db: Session, room: Class, tale: Tale) -> None:
    """Before anything else happens: as many as asked for or everybody there is, and loads that differ by one."""
    check_that_nobody_reviews_their_own(db, room)
    there = {each.enrolment_id for each in db.scalars(select(AttemptMember))}
    asked = Counter(each.attempt_id for each in db.scalars(select(Review)))
    for attempt_id in tale.worth:
        able = len(there - kin_of(db, attempt_id))
        assert asked[attempt_id] == min(tale.reviewers, able)
    if not tale.together:
        check_the_loads(db)


def check_the_loads(db: Session) -> None:
    loads = Counter(each.enrolment_id for each in db.scalars(select(Review)))
    given = [loads[each.enrolment_id] for each in db.scalars(select(AttemptMember))]
    assert max(given) - min(given) <= 1


def check_that_nobody_reviews_their_own(db: Session, room: Class) -> None:
    for each in db.scalars(select(Review)):
        assert each.enrolment_id not in kin_of(db, each.attempt_id), room.number_of(each.enrolment_id)


def kin_of(db: Session, attempt_id: int) -> set[int]:
    """Whoever wrote it, and whoever is in their group by now."""
    members = set(db.scalars(select(AttemptMember.enrolment_id).where(AttemptMember.attempt_id == attempt_id)))
    groups = set(db.scalars(select(GroupMember.group_id).where(GroupMember.enrolment_id.in_(members))))
    return members | set(db.scalars(select(GroupMember.enrolment_id).where(GroupMember.group_id.in_(groups))))


def middle(given: list[Fraction]) -> Fraction:
    """The median, written down once more."""
    ordered, half = sorted(given), len(given) // 2
    return ordered[half] if len(given) % 2 else (ordered[half - 1] + ordered[half]) / 2


@pytest.mark.parametrize("seed", range(sized(6, 120)))
def test_any_round(database: Database, create_person: Create, alice: Person, seed: int) -> None:
    tale = tale_of(seed)
    room = play(database, create_person, alice, tale)
    with database.reading() as db:
        before = check_the_end(db, room, tale)
    sweep_rounds(database, now=lambda: LATER + timedelta(days=1))
    with database.transaction() as db:
        assert check_the_end(db, room, tale) == before
        first = min(tale.worth)
        mark(db, room, db.get_one(Attempt, first), 1, 2)
        assert result_for(db, any_work(db, first)).earned == 3  # the trainer's word, whatever the others said


def test_the_oracle_sees_a_mean_in_the_place_of_the_median(
    database: Database, create_person: Create, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The canary."""
    monkeypatch.setattr("app.reviewing.rules.median_levels", mean_levels)
    tale = Tale(Random(1), 9, 4, 2, together=False, troll="nothing")  # noqa: S311 -- samples, not secrets
    room = play(database, create_person, alice, tale)
    with database.reading() as db, pytest.raises(AssertionError):
        check_the_end(db, room, tale)


def check_the_end(db: Session, room: Class, tale: Tale) -> dict[int, int]:
    """Every answer by what its rows say; returns the verdict's row of each."""
    found = round_of(db, room.assignment.id)
    assert found is not None
    assert found.closed_at == LATER
    said: dict[int, list[tuple[int, Marking]]] = defaultdict(list)
    for asked in db.scalars(select(Review).where(Review.done_at.is_not(None))):
        said[asked.attempt_id].append((room.number_of(asked.enrolment_id), marking_of(db, asked)))
    facts = facts_of(db, found, room.cohort, room.assignment.exercise)
    doubted = {room.number_of(who) for who, each in facts.stand.items() if each.doubtful}
    rows = {}
    for attempt_id in tale.worth:
        rows[attempt_id] = check_an_answer(db, attempt_id, said[attempt_id], doubted, found)
    check_the_rows(db)
    return rows


def check_an_answer(
    db: Session, attempt_id: int, said: list[tuple[int, Marking]], doubted: set[int], found: ReviewRound
) -> int:
    verdict = db.scalars(select(Marking).where(Marking.attempt_id == attempt_id, Marking.marked_by == "peer")).one()
    submission, counting = db.get_one(Submission, attempt_id), [row for who, row in said if who not in doubted]
    assert not submission.asked
    if verdict.earned is None:
        assert submission.needs_person
        assert verdict.parts["why"] in ("few", "apart", "alone")
        assert len(counting) < found.least or len(counting) <= 2
        assert result_for(db, any_work(db, attempt_id)).earned is None
        return verdict.id
    levels = [middle([Fraction(row.parts["levels"][place]) for row in counting]) for place in range(2)]
    assert len(counting) >= found.least
    assert verdict.parts["levels"] == [str(level) for level in levels]
    assert verdict.parts["from"] == sorted(row.id for row in counting)
    assert result_for(db, any_work(db, attempt_id)).earned == sum(levels)
    honest = [[Fraction(level) for level in row.parts["levels"]] for who, row in said if who != 0]
    if len(said) > 2:
        for place, level in enumerate(levels):
            assert min(each[place] for each in honest) <= level <= max(each[place] for each in honest)
    return verdict.id


def marking_of(db: Session, asked: Review) -> Marking:
    assert asked.marking_id is not None
    return db.get_one(Marking, asked.marking_id)


def check_the_rows(db: Session) -> None:
    """Every marking names who, when, which answer, and which version of content and rubric."""
    for each in db.scalars(select(Marking)):
        work = any_work(db, each.attempt_id)
        assert work.submission is not None
        assert each.at is not None
        assert each.change_id == work.submission.change_id is not None
        assert each.version_id == work.cohort.version_id
        assert each.rubric == rubric_version(marking_spec(db, work))
        assert (each.by_id is None) == (each.marked_by == "peer")
