"""Somebody's own answers as one printable document: each sheet filled, with points and what was said to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from app.assessment.showing import CriterionRow, PartRow, points_in_words
from app.catalogue.models import CourseVersion
from app.catalogue.queries import course_of
from app.cohorts.models import Cohort
from app.cohorts.showing import date_in_words
from app.courses.typesetting import Manuscript, shifted, with_pictures
from app.documents.blocks import (
    Block,
    Cell,
    Document,
    Facts,
    Heading,
    PageBreak,
    Paragraph,
    Picture,
    Quote,
    Row,
    Table,
    Text,
    plain,
    scoped,
    scoped_name,
)
from app.documents.glyphs import shaped, unprintable
from app.home.answer_queries import Answer, CohortAnswers
from app.web.language import moment_in_words
from app.words import Language, Sentence, in_words, say

PictureOf = Callable[[CourseVersion, str], bytes]


@dataclass(frozen=True)
class Answers:
    """The document, and what stands in its fields."""

    document: Document
    values: Mapping[str, str]


def answers_on_paper(
    cohorts: Sequence[CohortAnswers], name: str, *, picture: PictureOf, language: Language, today: date
) -> Answers:
    """All answers, each on pages of its own. `picture`: the bytes of a version's picture by its path.

    What the typefaces lack is named in its place, also in names and comments: it is no reason to print nothing.
    """
    writer = _Writer(language, picture)
    title = _named(name)
    document = Document(
        title,
        tuple(writer.blocks(cohorts)),
        language,
        subtitle=in_words(say("My answers"), language),
        stamp=in_words(say("As of {day}", day=date_in_words(today, language)), language),
    )
    return Answers(document, dict(_values(cohorts)))


def _values(cohorts: Sequence[CohortAnswers]) -> Iterator[tuple[str, str]]:
    for cohort in cohorts:
        for answer in cohort.answers:
            yield from ((scoped_name(name, _scope(answer)), text) for name, text in answer.values.items())


def _scope(answer: Answer) -> str:
    return f"a{answer.attempt_id}"


@dataclass(frozen=True)
class _Writer:
    language: Language
    picture: PictureOf

    def text(self, sentence: Sentence) -> Text:
        return _drawable(in_words(sentence, self.language))

    def blocks(self, cohorts: Sequence[CohortAnswers]) -> Iterator[Block]:
        for cohort in cohorts:
            for number, answer in enumerate(cohort.answers):
                yield PageBreak()
                if not number:
                    yield from self._cohort(cohort.cohort)
                yield from self._answer(cohort.cohort, answer)

    def _cohort(self, cohort: Cohort) -> Iterator[Block]:
        yield Heading(_drawable(cohort.version.title), 1)
        yield Facts((_drawable(cohort.name),))

    def _answer(self, cohort: Cohort, answer: Answer) -> Iterator[Block]:
        yield Heading(answer.title, 2)
        yield Facts(tuple(self._facts(cohort, answer)))
        yield from shifted(self._with_pictures(answer), 2)
        yield from (scoped(block, _scope(answer)) for block in shifted(answer.fields, 2))
        yield from self._said(answer)

    def _facts(self, cohort: Cohort, answer: Answer) -> Iterator[Text]:
        if answer.number > 1 or answer.given_back:
            yield self.text(say("Attempt {number}", number=answer.number))
        if answer.handed_in_at is None:
            yield self.text(say("under way"))
        else:
            time = moment_in_words(answer.handed_in_at, self.language, zone=ZoneInfo(cohort.zone))
            yield self.text(say("handed in {time}", time=time))
        if answer.on_paper:
            yield self.text(say("on paper"))
        if answer.given_back:
            yield self.text(say("given back"))
        if answer.result and answer.result.earned is not None:
            earned = points_in_words(answer.result.earned)
            yield self.text(say("{earned} of {points} points", earned=earned, points=answer.points))
        if answer.private:
            yield self.text(say("only you and your trainer see it"))

    def _with_pictures(self, answer: Answer) -> tuple[Block, ...]:
        wanted = {block.path for block in answer.case if isinstance(block, Picture)}
        pictures = {path: self.picture(answer.version, path) for path in sorted(wanted)}
        return with_pictures(Manuscript(course_of(answer.version), pictures=pictures), answer.case)

    def _said(self, answer: Answer) -> Iterator[Block]:
        """What a trainer and the key said to it, as far as the person may see it by now."""
        if answer.missing:
            yield Paragraph(self.text(answer.missing), "small")
        result = answer.result
        if result is None:
            return
        if result.overridden:
            sentence = self.text(say("Your trainer set the points by hand: “{reason}”", reason=result.reason))
            yield Paragraph(sentence)
        if result.comment:
            yield Heading(self.text(say("What your trainer says")), 3)
            yield Quote(tuple(Paragraph(_drawable(line)) for line in result.comment.splitlines() if line.strip()))
        if answer.criteria and any(row.earned for row in answer.criteria):
            yield Heading(self.text(say("Marked by your trainer")), 3)
            yield self._criteria(answer.criteria)
        if answer.parts:
            yield Heading(self.text(say("Marked against the key")), 3)
            yield self._parts(answer.parts)
        if answer.profile:
            yield Heading(self.text(say("What your answer shows")), 3)
            yield from shifted(answer.profile, 3)

    def _criteria(self, rows: Sequence[CriterionRow]) -> Table:
        header = self.text(say("What was looked for")), self.text(say("What was found")), self.text(say("Your points"))
        unmarked, between = self.text(say("not marked yet")), self.text(say("between two levels"))
        found = [row.level or (between if row.earned else unmarked) for row in rows]
        return _table(
            header, [(row.label, said, row.earned, row.possible) for row, said in zip(rows, found, strict=True)]
        )

    def _parts(self, rows: Sequence[PartRow]) -> Table:
        header = self.text(say("Question")), self.text(say("Feedback")), self.text(say("Your points"))
        return _table(header, [(row.label, _lines(row.feedback), row.earned, row.possible) for row in rows])


def _table(header: tuple[Text, ...], rows: Sequence[tuple[Text, Cell, str, str]]) -> Table:
    cells = (Row((label, said, _of(earned, possible))) for label, said, earned, possible in rows)
    return Table(header, tuple(cells), widths=(35, 50, 15), numeric=frozenset({2}), row_header=0)


def _of(earned: str, possible: str) -> Text:
    return plain(f"{earned or '–'} / {possible}")


def _lines(feedback: Sequence[str]) -> Cell:
    return tuple(Paragraph(_drawable(line)) for line in feedback) or plain("–")


def _drawable(text: str) -> Text:
    return plain(_named(text))


def _named(text: str) -> str:
    """The text with a name in the place of each character that no typeface has."""
    lacking = {ord(character): f"[U+{ord(character):04X}]" for _, character in unprintable(text)}
    return shaped(text).translate(lacking) if lacking else text
