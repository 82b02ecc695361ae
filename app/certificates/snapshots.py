"""What a certificate certifies, frozen at issue, and the same in the words of its paper and its page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Annotated, Literal

from babel.dates import format_date
from pydantic import AfterValidator, BaseModel, ConfigDict

from app.certificates.codes import SAMPLE, grouped
from app.certificates.models import Design
from app.courses.clock_times import hours_in_digits
from app.documents.certificate import CertificatePaper
from app.documents.glyphs import shaped
from app.words import Language, Sentence, in_words, say

Row = tuple[str, str]
"""Label and value."""
Printed = Annotated[str, AfterValidator(lambda text: " ".join(shaped(text).split()))]
"""A text as it is drawn: composed, without what nobody sees. So page and paper are the same to the letter."""
_LOCALES: Mapping[Language, str] = {"zh-CN": "zh_CN", "en": "en_GB"}


class Snapshot(BaseModel):
    """Facts without words: whoever changes later, marries or leaves, this does not."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    language: Language
    """The course's."""
    name: Printed
    course: Printed
    version: int
    cohort: Printed
    first_day: date | None
    last_day: date | None
    taught_minutes: int
    attended_minutes: int
    handed_in: int
    """Of the exercises that the course asks for."""
    required: int
    earned: Fraction
    possible: Fraction
    completed_on: date
    issued_on: date
    valid_until: date | None = None
    issuer: Printed
    signer: Printed
    signer_title: Printed
    design: Design
    logo: str | None
    """Keys in the file store, as the next two."""
    seal: str | None
    signature: str | None

    @property
    def pictures(self) -> frozenset[str]:
        """The keys of everything that is drawn on the paper."""
        return frozenset(key for key in (self.logo, self.seal, self.signature) if key)


def rows_of(snapshot: Snapshot) -> tuple[Row, ...]:
    """What is certified, row by row: on paper and on the page that verifies, in the certificate's language."""
    return tuple(
        (
            in_words(label, snapshot.language),
            in_words(value, snapshot.language) if isinstance(value, Sentence) else value,
        )
        for label, value in _rows(snapshot)
    )


def ends_of(snapshot: Snapshot, code: str) -> tuple[Row, ...]:
    """What stands at the foot of the paper, as rows of the page: who issued and signed it, when, and its code."""
    language = snapshot.language
    signed = say("{name}, {title}", name=snapshot.signer, title=snapshot.signer_title)
    signer = in_words(signed, language) if snapshot.signer_title else snapshot.signer
    found = (
        (say("Issued by"), snapshot.issuer),
        (say("Signed by"), signer if snapshot.signer else snapshot.signer_title),
        (say("Issued on"), day_of(snapshot.issued_on, language)),
        (say("Code"), grouped(code)),
    )
    return tuple((in_words(label, language), value) for label, value in found if value)


def statement_of(snapshot: Snapshot) -> str:
    """The sentence between the name and the course."""
    return in_words(say("has met all requirements of the course"), snapshot.language)


def kind_of(language: Language) -> str:
    """What the paper is called."""
    return in_words(say("Certificate of completion"), language)


@lru_cache(maxsize=1024)
def day_of(day: date, language: Language) -> str:
    """2026年11月30日 · 30 November 2026."""
    return format_date(day, "long", locale=_LOCALES[language])


@dataclass(frozen=True)
class Sheet:
    """The certificate as a page shows it, text for text what stands on the paper."""

    language: Language
    kind: str
    name: str
    statement: str
    course: str
    rows: tuple[Row, ...]


def sheet_of(snapshot: Snapshot, code: str) -> Sheet:
    """Everything that is printed, in the certificate's language."""
    return Sheet(
        snapshot.language,
        kind_of(snapshot.language),
        snapshot.name,
        statement_of(snapshot),
        snapshot.course,
        (*rows_of(snapshot), *ends_of(snapshot, code)),
    )


def paper_of(
    snapshot: Snapshot, code: str, *, public_url: str, pictures: Mapping[str, bytes] | None = None
) -> CertificatePaper:
    """The certificate as it is printed. `pictures`: bytes by key; one that is missing is left out."""
    language, drawn = snapshot.language, pictures or {}
    return CertificatePaper(
        language=language,
        design=snapshot.design,
        kind_label=kind_of(language) if code != SAMPLE else in_words(say("Sample certificate"), language),
        name=snapshot.name,
        statement=statement_of(snapshot),
        course=snapshot.course,
        rows=rows_of(snapshot),
        issuer=snapshot.issuer,
        signer=snapshot.signer,
        signer_title=snapshot.signer_title,
        issued=day_of(snapshot.issued_on, language),
        code=grouped(code),
        verify_url=f"{public_url}/verify/{code}",
        note=in_words(say("To verify, scan the square or open {address}", address=f"{public_url}/verify"), language),
        logo=drawn.get(snapshot.logo or ""),
        seal=drawn.get(snapshot.seal or ""),
        signature=drawn.get(snapshot.signature or ""),
    )


def _rows(snapshot: Snapshot) -> Iterator[tuple[Sentence, Sentence | str]]:
    if snapshot.first_day and snapshot.last_day:
        yield say("Dates"), _span(snapshot.first_day, snapshot.last_day, snapshot.language)
    yield say("Cohort"), snapshot.cohort
    yield say("Course version"), str(snapshot.version)
    if snapshot.taught_minutes:
        hours = hours_in_digits(snapshot.taught_minutes)
        attended = 100 * snapshot.attended_minutes // snapshot.taught_minutes
        yield say("Taught"), say("{hours} hours, {percent}% attended", hours=hours, percent=attended)
    if snapshot.required:
        yield say("Exercises"), _exercises(snapshot)
    yield say("Completed on"), day_of(snapshot.completed_on, snapshot.language)
    if snapshot.valid_until:
        yield say("Valid until"), day_of(snapshot.valid_until, snapshot.language)


def _exercises(snapshot: Snapshot) -> Sentence:
    done, required = snapshot.handed_in, snapshot.required
    if not snapshot.possible:
        return say("{done} of {required} handed in", done=done, required=required)
    percent = int(100 * snapshot.earned / snapshot.possible)  # never more than it was
    return say(
        "{done} of {required} handed in, {percent}% of the points", done=done, required=required, percent=percent
    )


@lru_cache(maxsize=1024)
def _span(first: date, last: date, language: Language) -> str:
    """2026年11月23日–27日 · 23–27 November 2026: what both days share is said once."""
    if first == last:
        return day_of(first, language)
    same_year, same_month = first.year == last.year, (first.year, first.month) == (last.year, last.month)
    if language == "en":
        shorter = "d" if same_month else "d MMMM" if same_year else "d MMMM y"
        dash = "–" if same_month else " – "
        return f"{format_date(first, shorter, locale='en_GB')}{dash}{day_of(last, language)}"
    rest = "d日" if same_month else "M月d日" if same_year else "y年M月d日"
    return f"{day_of(first, language)}–{format_date(last, rest, locale='zh_CN')}"
