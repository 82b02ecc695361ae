"""Who reviews which answer: drawn so that everybody has as much to do as the others, and nobody their own."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256


@dataclass
class _Draw:
    """Reviewers by answer as they stand, and how many answers each reviewer has; `fixed` ones are not moved."""

    parties: Mapping[int, frozenset[int]]
    fixed: Mapping[int, frozenset[int]]
    barred: Mapping[int, frozenset[int]]
    drawn: dict[int, set[int]] = field(default_factory=dict)
    loads: dict[int, int] = field(default_factory=dict)

    def may_review(self, reviewer: int, answer: int) -> bool:
        taken = self.fixed.get(answer, frozenset()) | self.barred.get(answer, frozenset())
        return reviewer not in self.parties[answer] and reviewer not in taken

    def move(self, answer: int, giver: int, taker: int) -> None:
        self.drawn[answer].remove(giver)
        self.drawn[answer].add(taker)
        self.loads[giver] -= 1
        self.loads[taker] += 1


def allocate(
    parties: Mapping[int, Collection[int]],
    reviewers: Iterable[int],
    each: int,
    *,
    seed: int,
    given: Mapping[int, Collection[int]] | None = None,
    barred: Mapping[int, Collection[int]] | None = None,
) -> dict[int, tuple[int, ...]]:
    """For each answer those who are to review it besides those it is `given` to already, `each` in all.

    `parties`: answer → the people who wrote it, who never review it; `barred`: who may not for another reason. An
    answer gets fewer only where there is nobody else. Loads differ by as little as that leaves possible. The same
    arguments give the same draw, in whatever order they come.
    """
    order = sorted(set(reviewers), key=lambda reviewer: _rank(seed, "reviewer", reviewer))
    fixed = {answer: frozenset(those) for answer, those in (given or {}).items()}
    draw = _Draw(
        {answer: frozenset(members) for answer, members in parties.items()},
        fixed,
        {answer: frozenset(those) for answer, those in (barred or {}).items()},
        loads={reviewer: sum(reviewer in those for those in fixed.values()) for reviewer in order},
    )
    answers = sorted(parties, key=lambda answer: _rank(seed, "answer", answer))
    for turn, answer in enumerate(answers):
        _draw_for(draw, answer, order[turn % len(order) :] + order[: turn % len(order)] if order else [], each)
    while (path := _path_that_evens(draw, order)) is not None:
        for answer, giver, taker in path:
            draw.move(answer, giver, taker)
    return {answer: tuple(sorted(draw.drawn[answer])) for answer in parties}


def extra_for(
    newcomers: Iterable[int],
    asked: Mapping[int, Collection[int]],
    barred: Mapping[int, Collection[int]],
    *,
    least: int,
    most: int,
    seed: int,
) -> list[tuple[int, int]]:
    """Answer and reviewer, for people who came when all answers had their reviewers: they are to have `least` as well.

    `asked`: answer → those who review it by now, newcomers among them; `barred`: who never does. An answer gets `most`
    reviewers at most: there may be more newcomers than that leaves reviews for.
    """
    those = {answer: set(reviewers) for answer, reviewers in asked.items()}
    found = []
    for who in sorted(newcomers, key=lambda reviewer: _rank(seed, "reviewer", reviewer)):
        for _ in range(least - sum(who in reviewers for reviewers in those.values())):
            able = [
                answer
                for answer, reviewers in those.items()
                if len(reviewers) < most and who not in reviewers and who not in barred.get(answer, ())
            ]
            if not able:
                break
            answer = min(able, key=lambda each: (len(those[each]), _rank(seed, "answer", each)))
            those[answer].add(who)
            found.append((answer, who))
    return found


def _draw_for(draw: _Draw, answer: int, order: Sequence[int], each: int) -> None:
    """Those with least to do, in the order of the draw."""
    wanted = max(0, each - len(draw.fixed.get(answer, ())))
    able = [reviewer for reviewer in order if draw.may_review(reviewer, answer)]
    chosen = sorted(able, key=lambda reviewer: draw.loads[reviewer])[:wanted]
    draw.drawn[answer] = set(chosen)
    for reviewer in chosen:
        draw.loads[reviewer] += 1


def _path_that_evens(draw: _Draw, order: Sequence[int]) -> list[tuple[int, int, int]] | None:
    """Moves along which somebody gets rid of a review and somebody with at least two fewer gets one; None: it is even.

    Without such a path no other draw is more even.
    """
    least = min(draw.loads.values(), default=0)
    for start in sorted(order, key=lambda reviewer: -draw.loads[reviewer]):
        if draw.loads[start] < least + 2:
            return None
        if path := _path_from(draw, start, order):
            return path
    return None


def _path_from(draw: _Draw, start: int, order: Sequence[int]) -> list[tuple[int, int, int]] | None:
    came: dict[int, tuple[int, int]] = {}
    waiting, known = deque([start]), {start}
    while waiting:
        giver = waiting.popleft()
        for answer in sorted(answer for answer, those in draw.drawn.items() if giver in those):
            for taker in order:
                if taker in known or taker in draw.drawn[answer] or not draw.may_review(taker, answer):
                    continue
                known.add(taker)
                came[taker] = (answer, giver)
                if draw.loads[taker] <= draw.loads[start] - 2:
                    return _moves(came, start, taker)
                waiting.append(taker)
    return None


def _moves(came: Mapping[int, tuple[int, int]], start: int, end: int) -> list[tuple[int, int, int]]:
    """The way back, from whoever gets one more: each move frees whoever stands before it."""
    moves = []
    while end != start:
        answer, giver = came[end]
        moves.append((answer, giver, end))
        end = giver
    return moves


def _rank(seed: int, what: str, number: int) -> bytes:
    return sha256(f"{seed}/{what}/{number}".encode()).digest()
