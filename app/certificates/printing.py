"""Certificates as PDF files: one, all of a cohort in one, or each in a file of its own."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.certificates.codes import SAMPLE
from app.certificates.design import Look
from app.certificates.models import Certificate
from app.certificates.queries import IS_STANDING, CertificateRow, row_of, rows_wanted
from app.certificates.snapshots import Snapshot, paper_of
from app.cohorts.models import Enrolment
from app.documents import CertificatePaper, certificate_files
from app.files import FileStore
from app.web.downloads import safe_name
from app.words import Language, in_words, say


@dataclass(frozen=True)
class Press:
    """What papers are made with."""

    files: FileStore
    public_url: str

    def papers(self, rows: Sequence[CertificateRow]) -> tuple[CertificatePaper, ...]:
        """The certificates as values; each picture is read once."""
        pictures = self._pictures(row.snapshot for row in rows)
        return tuple(paper_of(row.snapshot, row.code, public_url=self.public_url, pictures=pictures) for row in rows)

    def sample(self, look: Look, language: Language, today: date) -> CertificatePaper:
        """How a certificate looks that is issued today, of somebody who does not exist."""
        snapshot = _sample(look, language, today)
        return paper_of(snapshot, SAMPLE, public_url=self.public_url, pictures=self._pictures([snapshot]))

    def _pictures(self, snapshots: Iterable[Snapshot]) -> Mapping[str, bytes]:
        keys = {key for snapshot in snapshots for key in snapshot.pictures}
        return {key: self.files.content(key) for key in keys}


def standing_in(db: Session, cohort_id: int) -> tuple[CertificateRow, ...]:
    """The certificates of a cohort that nobody revoked, by number, in one statement."""
    rows = rows_wanted().where(Enrolment.cohort_id == cohort_id, IS_STANDING).order_by(Person.number, Certificate.id)
    return tuple(map(row_of, db.execute(rows)))


def zipped(rows: Sequence[CertificateRow], papers: Sequence[CertificatePaper]) -> Iterator[bytes]:
    """An archive of one PDF each, in pieces, each sent before the next is printed."""
    out = _Pieces()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:  # type: ignore[call-overload]  # it asks for writing only
        for row, pdf in zip(rows, certificate_files(papers), strict=True):
            moment = (row.issued_on.year, row.issued_on.month, row.issued_on.day, 0, 0, 0)
            archive.writestr(zipfile.ZipInfo(f"{file_stem(row)}.pdf", moment), pdf)
            yield out.taken()
    yield out.taken()


def file_stem(row: CertificateRow) -> str:
    """«T0007-陈雨桐», fit for every system."""
    return f"{row.number}-{safe_name(row.name) or row.issue}"


class _Pieces:
    """A file that is only written to, and emptied now and then."""

    def __init__(self) -> None:
        self.written: list[bytes] = []

    def write(self, content: bytes) -> int:
        self.written.append(bytes(content))
        return len(content)

    def flush(self) -> None:
        """Nothing is held back."""

    def taken(self) -> bytes:
        content = b"".join(self.written)
        self.written.clear()
        return content


def _sample(look: Look, language: Language, today: date) -> Snapshot:
    return Snapshot(
        language=language,
        name=in_words(say("Robin Sample"), language),
        course=in_words(say("Sample course: talking with key customers"), language),
        version=1,
        cohort=in_words(say("Sample cohort"), language),
        first_day=today - timedelta(days=4),
        last_day=today,
        taught_minutes=1800,
        attended_minutes=1740,
        handed_in=14,
        required=14,
        earned=Fraction(88),
        possible=Fraction(100),
        completed_on=today,
        issued_on=today,
        issuer=look.issuer or in_words(say("The organisation"), language),
        **look.kept(),
    )
