"""Pairs and groups: dealt fairly, changed by hand, by two trainers at once, and what becomes of who comes and goes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.accounts.models import Audit, Department, Person
from app.catalogue.actions import publish_course
from app.classroom.dealing import PAIR, Dealt, Size, deal, number_of_groups, read_size, share_out
from app.classroom.grouping import (
    NEW,
    StaleGroups,
    Wanted,
    change_groups,
    free_people,
    make_groups,
    share_out_rest,
    stamp_of,
    take_apart,
)
from app.classroom.groups import Party, parties_in, parties_of, party_for
from app.classroom.models import Group
from app.cohorts.enrolling import take_back, withdraw
from app.cohorts.models import Cohort, Enrolment
from app.db import Database
from app.errors import UserError
from app.words import Sentence
from tests.catalogue.samples import create_course
from tests.cohorts.samples import create_cohort
from tests.conftest import NOW, CreatePerson, statements_of, token_of

ClientOf = Callable[[Person], FlaskClient]
PAGE = "/cohorts/1/groups"
FIVE = Size(5, 5)


THREE_OR_FOUR = Size(3, 4)


def lots(seed: int) -> Random:
    return Random(seed)  # noqa: S311 -- nothing is secret here


def named(number: int) -> str:
    return f"第 {number} 组"


@pytest.fixture(autouse=True)
def _on_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def people(create_person: CreatePerson) -> list[Person]:
    return [create_person(f"P{number}") for number in range(7)]


@pytest.fixture
def cohort(database: Database, alice: Person, people: list[Person]) -> Cohort:
    """Cohort 1 of Alice with seven people, enrolments 1 to 7."""
    with database.transaction() as db:
        version = publish_course(db, create_course(), by=None, now=NOW)
        return create_cohort(db, version, trainers=[alice], trainees=people)


def make(db: Session, cohort: Cohort, work: str = "group", size: Size = THREE_OR_FOUR) -> tuple[Party, ...]:
    make_groups(db, cohort, work, size, mixed=True, named=named, random=lots(1), by=1, now=NOW)
    return parties_in(db, cohort.id, work)


def change(db: Session, cohort: Cohort, shown: str = "", **wanted: Any) -> tuple[Party, ...]:
    stamp = shown or stamp_of(parties_in(db, cohort.id, "group"), free_people(db, cohort, "group"))
    change_groups(db, cohort, "group", Wanted(stamp, **wanted), named=named, by=1, now=NOW)
    db.flush()
    return parties_in(db, cohort.id, "group")


def ids(party: Party) -> set[int]:
    return {each.enrolment_id for each in party.members}


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(UserError) as refused:
        call()
    return str(refused.value.sentence)


# Dealing.

PEOPLE = st.lists(st.integers(0, 4), max_size=60).map(
    lambda departments: [Dealt(number, department) for number, department in enumerate(departments)]
)
SIZES = st.tuples(st.integers(2, 12), st.integers(0, 6)).map(lambda each: Size(each[0], each[0] + each[1]))


@given(people=PEOPLE, size=SIZES, mixed=st.booleans(), seed=st.integers())
def test_everybody_is_dealt_once_into_groups_of_nearly_one_size(
    people: list[Dealt], size: Size, *, mixed: bool, seed: int
) -> None:
    groups = deal(people, size, mixed=mixed, random=lots(seed))
    assert sorted(each for group in groups for each in group) == ([p.enrolment_id for p in people] if groups else [])
    assert bool(groups) == (len(people) > 1)
    sizes = [len(group) for group in groups]
    assert not sizes or (max(sizes) - min(sizes) <= 1 and min(sizes) >= 2)
    if -(-len(people) // size.most) <= len(people) // size.least and groups:
        assert size.least <= min(sizes) <= max(sizes) <= size.most
    if mixed:
        of = {person.enrolment_id: person.department_id for person in people}
        for department in set(of.values()):
            spread = [sum(of[each] == department for each in group) for group in groups]
            assert not spread or max(spread) - min(spread) <= 1


def test_by_chance_alone_departments_are_not_spread() -> None:
    """The canary of the test above: it tells a mixed deal from another."""
    people = [Dealt(number, number % 2) for number in range(20)]
    deals = [deal(people, FIVE, mixed=False, random=lots(seed)) for seed in range(20)]
    assert any(max(c) - min(c) > 1 for groups in deals if (c := [sum(e % 2 for e in group) for group in groups]))


@pytest.mark.parametrize(
    ("people", "size", "groups"),
    [
        (1, PAIR, 0),
        (2, PAIR, 1),
        (7, PAIR, 3),
        (24, Size(4, 6), 5),
        (12, FIVE, 2),
        (14, FIVE, 3),
        (3, FIVE, 1),
        (0, FIVE, 0),
    ],
)
def test_how_many_groups_there_are(people: int, size: Size, groups: int) -> None:
    assert number_of_groups(people, size) == groups


@pytest.mark.parametrize(("typed", "read"), [("5", FIVE), (" 4 - 6 ", Size(4, 6)), ("4–6", Size(4, 6))])
def test_sizes_are_read(typed: str, read: Size) -> None:
    assert read_size(typed) == read


@pytest.mark.parametrize("typed", ["", "many", "1", "6-4", "4-", "-4", "4-6-8", "100", "５", "4.5"])
def test_odd_sizes_get_a_sentence(typed: str) -> None:
    assert isinstance(read_size(typed), Sentence)


def test_who_comes_late_goes_into_the_smallest() -> None:
    found = share_out([Dealt(number) for number in range(4)], {10: 3, 20: 5, 30: 4}, random=lots(2))
    assert Counter(found.values()) == {10: 3, 30: 1}


# Rows.


def test_groups_are_made_of_those_in_none_with_one_who_leads(db: Session, cohort: Cohort) -> None:
    first, second = make(db, cohort)
    assert ids(first) | ids(second) == set(range(1, 8))
    assert [sum(each.leads for each in party.members) for party in (first, second)] == [1, 1]
    assert [first.name, second.name] == ["第 1 组", "第 2 组"]
    assert "already" in refusal(lambda: make(db, cohort))
    assert len(make(db, cohort, "pairs", PAIR)) == 3
    party = party_for(db, 1, "pairs")
    assert party is not None
    assert {each.group_id for each in parties_of(db, 1)} > {party.group_id}


def test_departments_are_mixed(database: Database, cohort: Cohort) -> None:
    with database.transaction() as db:
        sales, service = Department(name="销售"), Department(name="服务")
        db.add_all([sales, service])
        db.flush()
        for number, person in enumerate(db.scalars(select(Person).where(Person.display_name.like("P%")))):
            person.department_id = (sales if number < 4 else service).id
        db.flush()
        parties = make(db, cohort)
        assert [Counter(each.department for each in party.members)["销售"] for party in parties] == [2, 2]


def test_people_move_and_groups_are_renamed_and_led(db: Session, cohort: Cohort) -> None:
    first, second = make(db, cohort)
    mover, leader = min(ids(first)), max(ids(second))
    names = {first.group_id: second.name, second.group_id: first.name}
    one, two = change(db, cohort, names=names, places={mover: second.group_id}, leaders={second.group_id: leader})
    assert (one.name, two.name) == (second.name, first.name)
    assert mover in ids(two)
    assert (two.leader and two.leader.enrolment_id) == leader
    one, two, three = change(db, cohort, places={mover: NEW, leader: None})
    assert (ids(three), three.name, two.leader) == ({mover}, "第 3 组", None)
    assert [each.enrolment_id for each in free_people(db, cohort, "group")] == [leader]
    moved = db.scalars(select(Audit.action).where(Audit.object_type == "cohort_group")).all()
    assert Counter(moved)["group-left"] == 3


def test_a_form_that_showed_other_groups_changes_nothing(db: Session, cohort: Cohort) -> None:
    first, second = make(db, cohort)
    stamp = stamp_of((first, second), ())
    change(db, cohort, names={first.group_id: "甲"})
    with pytest.raises(StaleGroups):
        change(db, cohort, stamp, names={first.group_id: "乙"})
    assert parties_in(db, cohort.id, "group")[0].name == "甲"


@pytest.mark.parametrize("name", ["", "  ", "长" * 81, "a\0b", "第 2 组"])
def test_odd_names_are_refused(db: Session, cohort: Cohort, name: str) -> None:
    first, _ = make(db, cohort)
    assert refusal(lambda: change(db, cohort, names={first.group_id: name}))


@pytest.mark.parametrize(
    "wanted",
    [{"places": {99: None}}, {"places": {1: 99}}, {"names": {99: "甲"}}, {"leaders": {99: 1}}, {"leaders": {1: 99}}],
)
def test_what_the_page_never_showed_is_refused(db: Session, cohort: Cohort, wanted: dict[str, Any]) -> None:
    make(db, cohort)
    with pytest.raises(StaleGroups):
        change(db, cohort, **wanted)


def test_the_withdrawn_leave_and_whoever_comes_late_is_shared_out(db: Session, cohort: Cohort, hana: Person) -> None:
    make(db, cohort)
    gone = db.get_one(Enrolment, 1)
    withdraw(db, cohort, gone, by=1, now=NOW)
    db.flush()
    assert all(1 not in ids(party) for party in parties_in(db, cohort.id, "group"))
    take_back(db, cohort, gone, by=1, now=NOW)
    db.add(Enrolment(cohort_id=cohort.id, person_id=hana.id, enrolled_at=NOW))
    db.flush()
    assert {each.enrolment_id for each in free_people(db, cohort, "group")} == {1, 8}
    assert share_out_rest(db, cohort, "group", random=lots(3), by=1, now=NOW) == 2
    assert sorted(len(party.members) for party in parties_in(db, cohort.id, "group")) == [4, 4]


def test_a_group_taken_apart_is_over_and_its_name_is_free(db: Session, cohort: Cohort) -> None:
    first, second = make(db, cohort)
    assert take_apart(db, cohort, "group", [first.group_id], by=1, now=NOW) == 1
    assert take_apart(db, cohort, "group", [first.group_id], by=1, now=NOW) == 0
    assert len(make(db, cohort)) == 2
    assert take_apart(db, cohort, "group", None, by=1, now=NOW) == 2
    assert [each.name for each in make(db, cohort)] == ["第 1 组", "第 2 组"]
    ended = db.scalars(select(Group.id).where(Group.ended_at.is_not(None))).all()
    assert {first.group_id, second.group_id} < set(ended)


def test_nothing_changes_in_an_archived_cohort(db: Session, cohort: Cohort) -> None:
    archived = db.get_one(Cohort, cohort.id)
    archived.archived_at = NOW
    assert "archived" in refusal(lambda: make(db, archived))
    assert "archived" in refusal(lambda: take_apart(db, archived, "group", None, by=1, now=NOW))


# Pages.


def post(browser: FlaskClient, path: str, **fields: str) -> tuple[int, str]:
    answer = browser.post(path, data={"csrf_token": token_of(browser), **fields})
    return answer.status_code, answer.text


def test_groups_are_made_and_changed_on_the_page(
    cohort: Cohort, alice: Person, client_of: ClientOf, database: Database
) -> None:
    browser = client_of(alice)
    status, page = post(browser, f"{PAGE}/make", size="1")
    assert (status, 'value="1"' in page) == (422, True)
    assert post(browser, f"{PAGE}/make", size="3-4", how="mixed")[0] == 303
    with database.reading() as db:
        first, second = parties_in(db, cohort.id, "group")
        stamp = stamp_of((first, second), ())
    mover = str(min(ids(first)))
    typed = {"stamp": stamp, f"name-{first.group_id}": "甲组", f"place-{mover}": str(second.group_id)}
    assert post(browser, PAGE, **typed)[0] == 303
    assert post(browser, PAGE, **typed)[0] == 409
    assert post(browser, PAGE, **{**typed, "stamp": _stamp(browser.get(PAGE).text), f"place-{mover}": "x"})[0] == 409
    page = browser.get(PAGE).text
    assert 'value="甲组"' in page
    with database.reading() as db:
        assert int(mover) in ids(parties_in(db, cohort.id, "group")[1])
    status, page = post(browser, PAGE, **{**typed, "stamp": _stamp(page), f"name-{first.group_id}": second.name})
    assert (status, second.name in page) == (422, True)
    assert post(browser, f"{PAGE}/apart", group="all")[0] == 303
    with database.reading() as db:
        assert parties_in(db, cohort.id, "group") == ()


def _stamp(page: str) -> str:
    return page.split('name="stamp" value="')[1].split('"', maxsplit=1)[0]


@pytest.mark.parametrize("name", ["place-", "place-²", "name-x", "leads--1", f"place-{9**40}"])
def test_fields_of_others_are_passed_over(cohort: Cohort, alice: Person, client_of: ClientOf, name: str) -> None:
    browser = client_of(alice)
    assert post(browser, PAGE, stamp=_stamp(browser.get(PAGE).text), **{name: "1"})[0] == 303


def test_the_page_asks_as_often_for_many_people_as_for_few(
    cohort: Cohort, alice: Person, client_of: ClientOf, database: Database, create_person: CreatePerson
) -> None:
    browser = client_of(alice)
    browser.get(PAGE)

    def count() -> int:
        with statements_of(database) as seen:
            assert browser.get(PAGE).status_code == 200
        return len(seen)

    few = count()
    more = [create_person(f"M{number}") for number in range(9)]
    with database.transaction() as db:
        db.add_all(Enrolment(cohort_id=cohort.id, person_id=person.id, enrolled_at=NOW) for person in more)
        db.flush()
        make(db, cohort)
    assert count() == few
