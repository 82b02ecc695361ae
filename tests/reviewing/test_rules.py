"""The draw of reviewers, the median, and whose word does not count by itself."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.reviewing.allocation import allocate
from app.reviewing.rules import Said, Standing, distance_of, median_levels, observer_verdict, peer_verdict, standings

BEST = (Fraction(3), Fraction(3))


def alone(count: int) -> dict[int, set[int]]:
    """Answers of people who work alone: answer 100 + n is that of person n."""
    return {100 + person: {person} for person in range(count)}


@st.composite
def parties(draw: st.DrawFn) -> dict[int, set[int]]:
    """Answers of parties of one to four people each."""
    sizes = draw(st.lists(st.integers(1, 4), min_size=1, max_size=9))
    starts = [sum(sizes[:place]) for place in range(len(sizes))]
    return {100 + n: set(range(start, start + size)) for n, (start, size) in enumerate(zip(starts, sizes, strict=True))}


def loads_of(drawn: dict[int, tuple[int, ...]], reviewers: set[int]) -> list[int]:
    counted = Counter(reviewer for those in drawn.values() for reviewer in those)
    return [counted[reviewer] for reviewer in sorted(reviewers)]


@given(st.integers(1, 40), st.integers(1, 5), st.integers(0, 2**62))
def test_people_who_work_alone_all_review_the_same_number(count: int, each: int, seed: int) -> None:
    drawn = allocate(alone(count), range(count), each, seed=seed)
    wanted = min(each, count - 1)
    assert all(len(set(those)) == wanted for those in drawn.values())
    assert all(answer - 100 not in those for answer, those in drawn.items())
    assert set(loads_of(drawn, set(range(count)))) <= {wanted}


@given(parties(), st.integers(1, 4), st.integers(0, 2**62))
def test_every_answer_of_a_party_gets_its_reviewers_from_others(
    those: dict[int, set[int]], each: int, seed: int
) -> None:
    people = set().union(*those.values())
    drawn = allocate(those, people, each, seed=seed)
    assert {answer: len(set(given)) for answer, given in drawn.items()} == {
        answer: min(each, len(people - members)) for answer, members in those.items()
    }
    assert all(not members & set(drawn[answer]) for answer, members in those.items())
    loads = loads_of(drawn, people)
    if len(those) > 1 and max(len(members) for members in those.values()) * 2 <= len(people):
        assert max(loads) - min(loads) <= 1


@given(st.data())
def test_no_draw_is_more_even(data: st.DataObject) -> None:
    """Against all draws there are, for a few people of whom some may not review this or that."""
    people, answers = range(data.draw(st.integers(2, 4))), range(100, 100 + data.draw(st.integers(1, 3)))
    those = {answer: data.draw(st.sets(st.sampled_from(people), max_size=2)) for answer in answers}
    drawn = allocate(those, people, 1, seed=data.draw(st.integers(0, 99)))
    able = [[person for person in people if person not in those[answer]] for answer in answers]
    best = min(sum(n * n for n in Counter(each).values()) for each in product(*filter(None, able)))
    assert sum(load * load for load in loads_of(drawn, set(people))) == best


@given(parties(), st.integers(1, 4), st.integers(0, 2**62), st.randoms())
def test_the_same_draw_in_whatever_order_it_is_asked_for(
    those: dict[int, set[int]], each: int, seed: int, random: object
) -> None:
    people = list(set().union(*those.values()))
    shuffled = dict(sorted(those.items(), reverse=True))
    assert allocate(those, people, each, seed=seed) == allocate(shuffled, people[::-1], each, seed=seed)


def test_another_seed_draws_others() -> None:
    assert allocate(alone(20), range(20), 2, seed=1) != allocate(alone(20), range(20), 2, seed=2)


@given(st.integers(3, 20), st.integers(1, 2), st.integers(0, 2**62))
def test_a_late_answer_goes_to_those_with_least_and_moves_nobody(count: int, each: int, seed: int) -> None:
    before = allocate(alone(count), range(count), each, seed=seed)
    late = {**alone(count), 100 + count: {count}}
    more = allocate(late, range(count + 1), each, seed=seed, given=before)
    assert all(not more[answer] for answer in before)
    loads = Counter(who for those in (*before.values(), *more.values()) for who in those)
    assert max(loads[who] for who in range(count)) - min(loads[who] for who in range(count)) <= 1


def test_who_is_barred_reviews_it_not() -> None:
    drawn = allocate(alone(3), range(3), 2, seed=5, barred={100: {1}})
    assert drawn[100] == (2,)


def said(answer: int, reviewer: int, *levels: int, comment: str = "", counts: bool | None = None) -> Said:
    number = answer * 100 + reviewer
    return Said(number, number, answer, reviewer, tuple(map(Fraction, levels)), comment, counts)


def round_with(troll: tuple[int, int], comment: str = "") -> list[Said]:
    """Reviewers 1 to 4 agree more or less on answers 1 to 4, and 9 says the same everywhere."""
    honest = {1: ((2, 2), (2, 1)), 2: ((1, 2), (1, 2)), 3: ((3, 2), (2, 2)), 4: ((2, 3), (2, 2))}
    found = []
    for answer, (one, other) in honest.items():
        first, second = answer, answer % 4 + 1
        found += [said(answer, first, *one, comment=f"甲{answer}"), said(answer, second, *other, comment=f"乙{answer}")]
        found.append(said(answer, 9, *troll, comment=comment))
    return found


@pytest.mark.parametrize(("troll", "comment"), [((0, 0), ""), ((3, 3), ""), ((0, 3), ""), ((2, 2), "很好，没有意见")])
def test_a_troll_is_flagged_and_nobody_else(troll: tuple[int, int], comment: str) -> None:
    stand = standings(round_with(troll, comment), BEST)
    assert [who for who, each in stand.items() if each.flags] == [9]


@given(st.tuples(st.integers(0, 3), st.integers(0, 3)), st.tuples(st.integers(0, 3), st.integers(0, 3)))
def test_no_third_review_moves_a_median_out_of_the_other_two(one: tuple[int, int], other: tuple[int, int]) -> None:
    for troll in product(range(4), repeat=2):
        middle = median_levels([tuple(map(Fraction, each)) for each in (one, other, troll)])
        assert all(min(a, b) <= level <= max(a, b) for a, b, level in zip(one, other, middle, strict=True))


@pytest.mark.parametrize("troll", [(0, 0), (3, 3)])
def test_what_a_troll_says_changes_no_verdict(troll: tuple[int, int]) -> None:
    with_troll, without = round_with(troll), [each for each in round_with(troll) if each.reviewer != 9]
    stand = standings(with_troll, BEST)
    for answer in range(1, 5):
        here = [each for each in with_troll if each.answer == answer]
        honest = sorted(sum(each.levels) for each in without if each.answer == answer)
        verdict = peer_verdict(here, stand, BEST, 2)
        assert verdict.earned is not None
        assert honest[0] <= verdict.earned <= honest[-1]


def test_a_troll_beside_an_absentee_leaves_the_answer_to_the_trainer() -> None:
    stand = standings(round_with((0, 0)), BEST)
    verdict = peer_verdict([said(1, 1, 2, 2), said(1, 9, 0, 0)], stand, BEST, 2)
    assert (verdict.levels, verdict.why) == (None, "few")


def test_a_trainer_lets_it_count_or_leaves_it_out() -> None:
    stand = standings(round_with((0, 0)), BEST)
    trusted = [said(1, 1, 2, 2), said(1, 2, 2, 2), said(1, 9, 0, 0, counts=True)]
    assert len(peer_verdict(trusted, stand, BEST, 2).made_of) == 3
    left_out = [said(1, 1, 2, 2, counts=False), said(1, 2, 2, 2)]
    assert peer_verdict(left_out, stand, BEST, 2).why == "few"


def test_two_reviews_far_apart_tell_nothing() -> None:
    assert peer_verdict([said(1, 1, 3, 3), said(1, 2, 1, 1)], {}, BEST, 2).why == "apart"
    assert peer_verdict([said(1, 1, 3, 3), said(1, 2, 2, 1)], {}, BEST, 2).levels == (Fraction(5, 2), Fraction(2))


def test_honest_reviewers_beside_a_troll_are_not_taken_for_one() -> None:
    """Each of them shares an answer with the troll alone, and others with somebody honest."""
    given = [said(1, 1, 2, 2), said(1, 9, 0, 0), said(2, 2, 3, 2), said(2, 9, 0, 0), said(3, 1, 2, 1), said(3, 2, 2, 1)]
    stand = standings(given, BEST)
    assert {who: each.doubtful for who, each in stand.items()} == {1: False, 2: False, 9: True}


def test_the_sample_counts_as_a_comparison() -> None:
    stand = standings([said(1, 1, 3, 3), said(1, 2, 1, 0)], BEST, {1: Fraction(0), 2: Fraction(5, 6)})
    assert (stand[2].flags, stand[2].doubtful, stand[1].doubtful) == (("far", "calibration"), True, False)


def test_alike_answers_may_be_judged_alike() -> None:
    given = [said(answer, who, 3, 3) for answer in (1, 2, 3) for who in (1, 2, 3)]
    assert all(not each.flags for each in standings(given, BEST).values())


def test_distance_is_a_share_of_the_rubric() -> None:
    assert distance_of((Fraction(0), Fraction(3)), (Fraction(3), Fraction(0)), BEST) == 1
    assert distance_of((), (), ()) == 0


def test_observers_are_averaged_but_those_left_out() -> None:
    seen = [said(1, 1, 3, 2), said(1, 2, 2, 2), said(1, 3, 0, 0, counts=False)]
    assert observer_verdict(seen).levels == (Fraction(5, 2), Fraction(2))
    assert observer_verdict(seen[2:]).why == "nobody"


def test_who_judges_at_random_is_flagged_even_where_the_median_bears_it() -> None:
    """Twelve people, three reviews each; one throws dice between the least and the most, and may be lucky."""
    caught = [stand[5].flags for stand in map(one_throws_dice, range(40)) if stand[5].flags]
    assert len(caught) >= 36


def one_throws_dice(seed: int) -> dict[int, Standing]:
    random = Random(seed)  # noqa: S311 -- samples, not secrets
    given = []
    for answer, reviewers in allocate(alone(12), range(12), 3, seed=seed).items():
        worth = random.randint(1, 2), random.randint(1, 2)
        for who in reviewers:
            dice, near = random.choices((0, 3), k=2), [level + random.choice((0, 0, 1)) for level in worth]
            given.append(said(answer, who, *(dice if who == 5 else near)))
    return standings(given, BEST)


def test_one_review_each_is_enough_to_flag_the_furthest_alone() -> None:
    """Groups: everybody reviews one answer, so nobody can be compared twice."""
    given = [said(1, 1, 3, 3), said(1, 2, 3, 2), said(1, 3, 0, 0), said(2, 4, 2, 2), said(2, 5, 2, 1), said(2, 6, 2, 2)]
    stand = standings(given, BEST)
    assert [who for who, each in stand.items() if each.flags] == [3]
    assert not stand[3].doubtful
