"""Leading a discussion on, handing the lead on, and what a trainer says: who may, what stays, what is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Audit, Person
from app.assessment.models import AttemptMember
from app.assessment.queries import Work, written_in
from app.cohorts.models import Enrolment
from app.errors import NotFound, UserError
from app.marking.actions import give_back
from app.teamwork.discussion_actions import (
    LONGEST_WORD,
    add_word,
    choose_leader,
    move_discussion,
    move_discussions,
    take_back_word,
)
from app.teamwork.discussion_parties import next_for_all, parties_at, under_way
from app.teamwork.discussion_queries import talk_of
from app.words import in_words
from tests.assessment.samples import hand_in, save
from tests.conftest import NOW
from tests.teamwork.discussion_samples import Hall, Table, as_seen_by, begin, create_hall, enrolment_of


@pytest.fixture
def hall(db: Session, bob: Person, alice: Person) -> Hall:
    return create_hall(db, bob, alice)


@pytest.fixture
def first(hall: Hall) -> Table:
    return hall.tables[0]


@pytest.fixture
def work(db: Session, first: Table) -> Work:
    return begin(db, first)


def stage(db: Session, work: Work) -> str:
    return talk_of(db, work.attempt.id).standing(work.spec).stage


def leader(db: Session, work: Work) -> str:
    found = talk_of(db, work.attempt.id).leader
    return found.display_name if found else ""


def go_on(db: Session, work: Work, to: str, seen: str, person: Person, *, minutes: int = 0) -> None:
    move_discussion(db, work, to, seen=seen, by=person.id, now=NOW + timedelta(minutes=minutes))


def said(caught: pytest.ExceptionInfo[UserError]) -> str:
    return in_words(caught.value.sentence, "en")


def test_a_party_begins_in_the_first_stage(db: Session, work: Work, bob: Person) -> None:
    talk = talk_of(db, work.attempt.id)
    where = talk.standing(work.spec)
    assert (where.stage, where.since, leader(db, work)) == ("read", NOW, "Bob")
    assert talk.is_led_by(bob.id)
    assert [member.display_name for member in talk.members] == ["Bob", "甲0", "甲1"]


def test_the_leader_goes_on_stage_by_stage_and_back(db: Session, work: Work, bob: Person) -> None:
    go_on(db, work, "discuss", "read", bob, minutes=4)
    assert stage(db, work) == "discuss"
    assert talk_of(db, work.attempt.id).since == NOW + timedelta(minutes=4)
    go_on(db, work, "record", "discuss", bob)
    go_on(db, work, "discuss", "record", bob)
    assert stage(db, work) == "discuss"
    moved = db.scalars(select(Audit).where(Audit.action == "discussion-moved").order_by(Audit.id)).all()
    assert [(row.by_id, row.details["stage"]) for row in moved] == [
        (bob.id, "discuss"),
        (bob.id, "record"),
        (bob.id, "discuss"),
    ]


def test_two_who_go_on_at_once_go_on_by_one(db: Session, work: Work, bob: Person) -> None:
    go_on(db, work, "discuss", "read", bob)
    go_on(db, work, "discuss", "read", bob, minutes=1)  # the same click, sent twice
    assert (stage(db, work), talk_of(db, work.attempt.id).since) == ("discuss", NOW)
    go_on(db, work, "record", "read", bob)  # from a page that does not know yet
    assert stage(db, work) == "discuss"


@pytest.mark.parametrize("to", ["share", "done", "nonsense", ""])
def test_no_stage_is_left_out(db: Session, work: Work, bob: Person, to: str) -> None:
    with pytest.raises(UserError) as caught:
        go_on(db, work, to, "read", bob)
    assert said(caught) == "A discussion goes on stage by stage. Load the page again."
    assert stage(db, work) == "read"


def test_only_whoever_leads_goes_on(db: Session, work: Work, first: Table) -> None:
    other = first.people[1]
    with pytest.raises(UserError) as caught:
        go_on(db, as_seen_by(db, other, work), "discuss", "read", other)
    assert said(caught) == "Bob leads this discussion and goes on for all of you."
    assert stage(db, work) == "read"


def test_the_lead_is_handed_on_or_taken(db: Session, work: Work, first: Table, bob: Person) -> None:
    _, ann, ben = first.people
    choose_leader(db, work, enrolment_of(db, first, ann), by=bob.id, now=NOW)
    assert leader(db, work) == "甲0"
    theirs = as_seen_by(db, ben, work)
    with pytest.raises(UserError) as caught:
        choose_leader(db, theirs, enrolment_of(db, first, bob), by=ben.id, now=NOW)
    assert said(caught) == "Whoever leads hands the lead on. You can take it yourself."
    choose_leader(db, theirs, enrolment_of(db, first, ben), by=ben.id, now=NOW)
    assert leader(db, work) == "甲1"
    go_on(db, theirs, "discuss", "read", ben)
    assert stage(db, work) == "discuss"


def test_nobody_from_another_group_leads(db: Session, work: Work, hall: Hall, bob: Person) -> None:
    foreign = enrolment_of(db, hall.tables[1], hall.tables[1].people[0])
    with pytest.raises(UserError) as caught:
        choose_leader(db, work, foreign, by=bob.id, now=NOW)
    assert said(caught) == "Only somebody who works on it can lead it. Choose one of the names."


def test_where_the_leader_leaves_another_leads(db: Session, work: Work, first: Table, bob: Person) -> None:
    choose_leader(db, work, enrolment_of(db, first, first.people[2]), by=bob.id, now=NOW)
    db.delete(db.get_one(AttemptMember, (work.attempt.id, enrolment_of(db, first, first.people[2]))))
    db.flush()
    assert leader(db, work) == "Bob"  # whom the trainer named


def test_whoever_was_withdrawn_leads_no_more(db: Session, work: Work, first: Table) -> None:
    db.get_one(Enrolment, enrolment_of(db, first, first.people[0])).withdrawn_at = NOW
    db.flush()
    assert leader(db, work) == "甲0"
    assert [each.display_name for each in talk_of(db, work.attempt.id).members] == ["甲0", "甲1"]


def test_after_handing_in_there_is_nothing_to_lead(db: Session, work: Work, first: Table, alice: Person) -> None:
    ended = hand_in(db, first.room, work)
    with pytest.raises(UserError) as caught:
        go_on(db, ended, "discuss", "read", first.people[0])
    assert said(caught) == "This answer was handed in and cannot be changed any more."
    with pytest.raises(UserError) as caught:
        move_discussion(db, ended, "discuss", seen="read", by=alice.id, now=NOW, as_trainer=True)
    assert said(caught) == "This group has handed in: its discussion is over."


def test_a_trainer_leads_a_group_on_also_after_its_time(db: Session, work: Work, alice: Person) -> None:
    work.attempt.ends_at = NOW - timedelta(minutes=10)
    with pytest.raises(UserError):
        go_on(db, work, "discuss", "read", alice)
    move_discussion(db, work, "discuss", seen="read", by=alice.id, now=NOW, as_trainer=True)
    assert stage(db, work) == "discuss"


def test_a_trainer_leads_all_on_and_nobody_back(db: Session, hall: Hall, work: Work, alice: Person) -> None:
    second = begin(db, hall.tables[1])
    third = begin(db, hall.tables[1], "secret")  # another exercise
    for to, seen in (("discuss", "read"), ("record", "discuss")):
        move_discussion(db, second, to, seen=seen, by=alice.id, now=NOW, as_trainer=True)
    standings = under_way(db, hall.cohort, "visit", "group")
    assert set(standings) == {work.attempt.id, second.attempt.id}
    later = NOW + timedelta(minutes=5)
    assert move_discussions(db, hall.cohort, standings, "discuss", by=alice.id, now=later) == (work.attempt.id,)
    assert [stage(db, each) for each in (work, second, third)] == ["discuss", "record", "read"]
    assert talk_of(db, second.attempt.id).since == NOW
    again = under_way(db, hall.cohort, "visit", "group")
    assert move_discussions(db, hall.cohort, again, "discuss", by=alice.id, now=later) == ()
    assert move_discussions(db, hall.cohort, again, "share", by=alice.id, now=later) == tuple(standings)
    assert [stage(db, each) for each in (work, second)] == ["share", "share"]


def test_what_comes_next_for_all_is_seen_from_whoever_is_behind(db: Session, hall: Hall, work: Work) -> None:
    second = begin(db, hall.tables[1])
    move_discussion(db, second, "discuss", seen="read", by=1, now=NOW, as_trainer=True)
    assert next_for_all(parties_at(db, hall.cohort, "visit", "group", now=NOW)) == "discuss"
    hand_in(db, hall.tables[0].room, work)
    assert next_for_all(parties_at(db, hall.cohort, "visit", "group", now=NOW)) == "record"
    hand_in(db, hall.tables[1].room, second)
    assert next_for_all(parties_at(db, hall.cohort, "visit", "group", now=NOW)) is None


def test_what_a_trainer_sees_of_each_group(db: Session, hall: Hall, work: Work) -> None:
    save(db, work, name="顺达", fleet="12")
    one, two = parties_at(db, hall.cohort, "visit", "group", now=NOW)
    assert (one.name, one.names, one.changed_at) == ("第 1 组", ("Bob", "甲0", "甲1"), NOW)
    assert (one.filled, one.asked, one.fields) == (2, 3, 2)
    assert (two.name, two.names, two.attempt_id, two.under_way) == ("第 2 组", ("乙20", "乙21", "乙22"), None, None)


def test_a_sheet_that_was_given_back_goes_on_with_writing(db: Session, work: Work, first: Table, bob: Person) -> None:
    save(db, work, name="顺达")
    theirs, written = hand_in(db, first.room, work), written_in(db, work.attempt.id)
    following = give_back(db, theirs, written, reason="再想想", reopened=False, by=bob.id, now=NOW)
    db.flush()
    assert talk_of(db, following).standing(work.spec).stage == "record"
    assert talk_of(db, work.attempt.id).standing(work.spec).stage == "read"


def test_a_word_is_said_and_taken_back(db: Session, work: Work, alice: Person) -> None:
    word = add_word(db, work, " 想想\r\n成本 ", by=alice.id, now=NOW)
    add_word(db, work, "很好", by=alice.id, now=NOW)
    assert [(each.text, each.by) for each in talk_of(db, work.attempt.id).words] == [
        ("想想\n成本", "Alice"),
        ("很好", "Alice"),
    ]
    for _ in range(2):
        take_back_word(db, work, word.id, by=alice.id, now=NOW)
    assert [each.text for each in talk_of(db, work.attempt.id).words] == ["很好"]
    rows = db.scalars(select(Audit.action).where(Audit.object_type == "trainer_word").order_by(Audit.id)).all()
    assert rows == ["word-said", "word-said", "word-taken-back"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "There is nothing in it yet. Write a word to the group."),
        (" \n ", "There is nothing in it yet. Write a word to the group."),
        ("字" * (LONGEST_WORD + 1), f"A word to a group has at most {LONGEST_WORD} characters. Shorten it."),
        (
            "a\x00b",
            "This text has a control character, which cannot be kept. Type it again instead of pasting it.",
        ),
    ],
)
def test_a_word_that_cannot_be_kept_is_refused(
    db: Session, work: Work, alice: Person, text: str, sentence: str
) -> None:
    with pytest.raises(UserError) as caught:
        add_word(db, work, text, by=alice.id, now=NOW)
    assert said(caught) == sentence
    assert talk_of(db, work.attempt.id).words == ()


def test_a_word_to_another_group_is_not_there(db: Session, work: Work, hall: Hall, alice: Person) -> None:
    word = add_word(db, work, "很好", by=alice.id, now=NOW)
    other = begin(db, hall.tables[1])
    with pytest.raises(NotFound):
        take_back_word(db, other, word.id, by=alice.id, now=NOW)
    assert len(talk_of(db, work.attempt.id).words) == 1


def test_in_an_archived_cohort_nothing_moves(db: Session, work: Work, alice: Person) -> None:
    work.cohort.archived_at = NOW
    with pytest.raises(UserError):
        move_discussion(db, work, "discuss", seen="read", by=alice.id, now=NOW, as_trainer=True)
    with pytest.raises(UserError):
        add_word(db, work, "很好", by=alice.id, now=NOW)
    with pytest.raises(UserError):
        move_discussions(db, work.cohort, {}, "discuss", by=alice.id, now=NOW)
