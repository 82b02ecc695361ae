"""One answer as whoever marks sees it: what was written, what the key says, the rubric as tiles, and all markings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from functools import cached_property

from markupsafe import Markup

from app.assessment.queries import Work
from app.assessment.rubrics import Tiles, tiles_of
from app.assessment.rules import Result, levels_of, result_of, rubric_version
from app.assessment.showing import (
    Clash,
    Head,
    PartRow,
    case_markup,
    clashes,
    head_of,
    part_rows,
    points_in_words,
    profile_markup,
    sheet_markup,
)
from app.assessment.writing import Written
from app.catalogue.showing import icons_url
from app.documents.blocks import Text
from app.documents.html import to_html
from app.documents.markdown import inline, parse_markdown
from app.exercises import Spec, model_answer_of
from app.marking.forms import Draft, draft_of
from app.marking.queries import GivenMarking, newest_by_person
from app.marking.second import Compared, compared
from app.marking.undo import taken_back
from app.web.language import current_language, words
from app.words import Sentence, say

_WHAT = {
    "key": say("Marked by key"),
    "trainer": say("Marked with the rubric"),
    "override": say("Points set by hand"),
    "peer": say("What reviewers say together"),
    "observer": say("What observers say together"),
    "review": say("One review"),
    "second": say("Second marker"),
}
_TAKEN_BACK = {
    "trainer": say("Marks taken back"),
    "override": say("Points set by hand taken back"),
    "second": say("The second marker's marks taken back"),
}
_LEFT_OUT = say("Left out: not enough reviews")


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
class CriterionPair:
    """What two markers gave for one criterion."""

    label: Text
    first: str
    second: str
    differs: bool


@dataclass(frozen=True)
class Shown:
    """One answer with what is known of it, for a trainer of the cohort."""

    work: Work
    spec: Spec
    """The exercise as it is marked by now; `work.spec` is as it was asked."""
    names: tuple[str, ...]
    """Of everybody who worked on it, or the number that stands in their place."""
    hides_names: bool
    written: Written
    given: tuple[GivenMarking, ...]
    """Oldest first."""
    typed: Draft | None
    """What was sent and not kept."""
    overtaken: bool
    """Whether somebody else marked while the page was open."""
    now: datetime

    @property
    def who(self) -> str:
        return words(say(", ")).join(self.names)

    @property
    def rubric_shown(self) -> str:
        """The version of the rubric on the page."""
        return rubric_version(self.spec)

    @property
    def change_shown(self) -> int:
        """The newest change of the answer on the page; 0 for none."""
        return (self.work.submission.change_id or 0) if self.work.submission else 0

    @property
    def rubric_changed(self) -> bool:
        """Whether the marks of a trainer that count were given with another rubric than the one shown."""
        given = [each for each in self.given if each.mark.marked_by == "trainer"]
        newest = given[-1] if given and given[-1].mark.earned is not None else None
        return newest is not None and newest.rubric not in ("", rubric_version(self.spec))

    @cached_property
    def head(self) -> Head:
        return head_of(self.spec, self.work.version)

    @property
    def case(self) -> Markup:
        return case_markup(self.work)

    @property
    def sheet(self) -> Markup:
        return sheet_markup(self.work, self.written.values, readonly=True)

    @property
    def clashes(self) -> tuple[Clash, ...]:
        return clashes(self.work, self.written)

    @cached_property
    def profile(self) -> Markup:
        return profile_markup(self.work, self.spec, self.written.values)

    @cached_property
    def note(self) -> Markup:
        return _note_markup(self.spec)

    @cached_property
    def model(self) -> Markup:
        answer = model_answer_of(self.spec)
        if not any(text.strip() for text in answer.values()):
            return Markup()
        return sheet_markup(self.work, answer, readonly=True, scope="model-")

    @cached_property
    def result(self) -> Result:
        return result_of(self.spec, (each.mark for each in self.given))

    @cached_property
    def parts(self) -> tuple[PartRow, ...]:
        return part_rows(self.result, self.head.language)

    @cached_property
    def keyed(self) -> Fraction:
        """The points by key."""
        return sum((part.earned for part in self.result.keyed), Fraction(0))

    @cached_property
    def newest(self) -> int:
        """The id of the newest marking by a trainer."""
        return newest_by_person(self.given)

    @cached_property
    def draft(self) -> Draft:
        return self.typed or self._stored_draft

    @cached_property
    def _stored_draft(self) -> Draft:
        draft = draft_of(self.result, self.newest)
        return draft if draft.comment else Draft(draft.chosen, taken_back(self.given), seen=draft.seen)

    @cached_property
    def rubric(self) -> tuple[Tiles, ...]:
        sent = self.typed is not None and self.typed.used == "mark"
        return tiles_of(self.spec, self.draft.chosen if sent else self._own_levels)

    @property
    def _own_levels(self) -> tuple[Fraction | None, ...]:
        """What a trainer gave: of several sides together no tile is the right one."""
        mine = [each.mark for each in self.given if each.mark.marked_by == "trainer"]
        levels = levels_of(mine[-1]) if mine and mine[-1].earned is not None else ()
        return levels if len(levels) == len(self.spec.rubric) else (None,) * len(self.spec.rubric)

    @property
    def comment(self) -> str:
        """What stands in the field for a word to them."""
        return self.draft.comment if self.draft.used in ("", "mark") else self._stored_draft.comment

    @cached_property
    def history(self) -> tuple[Past, ...]:
        """All markings, newest first."""
        seen = self.draft.seen if self.overtaken else self.newest
        return tuple(_past(self.spec, each, seen=seen, hides=self.hides_names) for each in reversed(self.given))

    @cached_property
    def compared(self) -> Compared | None:
        """What two markers gave, where there are two."""
        return compared(self.given)

    @property
    def pairs(self) -> tuple[CriterionPair, ...]:
        """The same criterion by criterion."""
        if self.compared is None:
            return ()
        both = zip(levels_of(self.compared.first.mark), levels_of(self.compared.second.mark), strict=False)
        return tuple(
            CriterionPair(inline(each.criterion), points_in_words(one), points_in_words(other), one != other)
            for each, (one, other) in zip(self.spec.rubric, both, strict=False)
        )

    def seen_of(self, form: str) -> int:
        """The newest marking that whoever sends this form has seen."""
        return self.draft.seen if self.draft.used == form and not self.overtaken else self.newest

    @property
    def markable(self) -> bool:
        return self.work.submission is not None and self.work.attempt.returned_at is None and not self.archived

    @property
    def final(self) -> bool:
        """Whether its marks are final."""
        final_at = self.work.assignment.final_at
        return final_at is not None and self.now >= final_at

    @property
    def takes_marks(self) -> bool:
        """Whether somebody can mark it by now."""
        return self.markable and not self.final

    @property
    def archived(self) -> bool:
        return self.work.cohort.archived_at is not None


def _note_markup(spec: Spec) -> Markup:
    blocks = parse_markdown(spec.note).blocks
    return to_html(blocks, language=current_language(), icons_url=icons_url(), heading_offset=2) if blocks else Markup()


def _past(spec: Spec, given: GivenMarking, *, seen: int, hides: bool) -> Past:
    mark = given.mark
    return Past(
        _WHAT[mark.marked_by] if mark.earned is not None else _TAKEN_BACK.get(mark.marked_by, _LEFT_OUT),
        mark.at,
        by="" if hides and mark.marked_by == "review" else mark.by,
        points="" if mark.earned is None else points_in_words(mark.earned),
        levels=tuple(
            (inline(criterion.criterion), points_in_words(points))
            for criterion, points in zip(spec.rubric, levels_of(mark), strict=False)
        ),
        comment=mark.comment,
        reason=mark.reason,
        new=given.by_person and given.id > seen,
    )
