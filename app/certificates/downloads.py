"""Certificates to print: one, and those of a cohort in one file or in many."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Response, current_app, stream_with_context

from app.certificates.blueprint import bp
from app.certificates.cohort_page import cohort_to_certify
from app.certificates.printing import Press, file_stem, standing_in, zipped
from app.certificates.queries import CertificateRow, certificate_for
from app.certificates.views import COHORT, ONE
from app.documents import certificates_to_pdf
from app.errors import UserError
from app.web.downloads import named
from app.web.guards import for_roles, signed_in
from app.web.transactions import end_reading, get_db
from app.web.viewing import signed_in_viewer
from app.words import say


@bp.get(f"{ONE}.pdf")
@signed_in
def pdf(code: str) -> Response:
    """One certificate, the same bytes each time. What was revoked or superseded is not handed out any more."""
    row = certificate_for(get_db(), signed_in_viewer(), code)
    if row.state in ("revoked", "superseded"):
        raise UserError(say("This certificate is not valid any more, so it is not printed."))
    end_reading()
    content = certificates_to_pdf(press().papers([row]))
    return named(Response(content, mimetype="application/pdf"), file_stem(row), "pdf", plain="certificate")


@bp.get(f"{COHORT}.pdf")
@for_roles("HR", "trainer")
def cohort_pdf(cohort_id: int) -> Response:
    """Those of a cohort as one file, a page each, by number."""
    name, rows = _standing(cohort_id)
    content = certificates_to_pdf(press().papers(rows))
    return named(Response(content, mimetype="application/pdf"), name, "pdf", plain="certificates")


@bp.get(f"{COHORT}.zip")
@for_roles("HR", "trainer")
def cohort_zip(cohort_id: int) -> Response:
    """Those of a cohort as an archive with a file each, sent while it is made."""
    name, rows = _standing(cohort_id)
    pieces = zipped(rows, press().papers(rows))
    first = next(pieces)  # what cannot be printed is told on a page, and not in half an archive
    response = Response(stream_with_context(_after(first, pieces)), mimetype="application/zip")
    return named(response, name, "zip", plain="certificates")


def press() -> Press:
    """What this installation prints with."""
    return Press(current_app.extensions["files"], str(current_app.config["PUBLIC_URL"]))


def _standing(cohort_id: int) -> tuple[str, tuple[CertificateRow, ...]]:
    """What a cohort is called as a file, and its certificates. Raises NotFound, and UserError where there are none."""
    db = get_db()
    cohort = cohort_to_certify(db, signed_in_viewer(), cohort_id)
    rows, name = standing_in(db, cohort.id), cohort.name
    end_reading()  # printing a thousand takes a second
    if not rows:
        raise UserError(say("Nobody in this cohort has a certificate yet."))
    return name, rows


def _after(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
