"""The pages of certificates for HR and trainers: the list, one of them, and those of a cohort."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import clock
from app.certificates.actions import issue_certificates, reissue_certificate, revoke_certificate
from app.certificates.blueprint import bp
from app.certificates.candidates import candidates_in
from app.certificates.codes import LENGTH
from app.certificates.cohort_page import cohort_page, cohort_to_certify
from app.certificates.design import look_now
from app.certificates.lists import SoughtCertificates, certificates_for, doubtful_cohorts, waiting_cohorts
from app.certificates.queries import (
    STATE_CHIPS,
    STATE_WORDS,
    CertificateRow,
    certificate_for,
    certificate_of,
    holds_no_more,
    issues_of,
)
from app.certificates.snapshots import sheet_of
from app.cohorts.models import Cohort
from app.errors import Mistyped, UserError
from app.records import states as records
from app.records.progress import refresh_if_few
from app.web.forms import read_id
from app.web.guards import for_roles
from app.web.language import today_here, words
from app.web.transactions import database, get_db, roll_back
from app.web.viewing import signed_in_viewer
from app.words import Sentence, say

ONE = f"/certificates/<string(length={LENGTH}):code>"
COHORT = "/cohorts/<int(max=2147483647):cohort_id>/certificates"
DONE = {
    "revoked": say("Revoked. Whoever verifies this certificate sees from now on that it is not valid."),
    "reissued": say("Issued anew. The earlier certificate says from now on that it was superseded."),
}


@bp.get("/certificates")
@for_roles("HR")
def certificates() -> str:
    """Everything that was issued, and whose turn it is."""
    refresh_if_few(database())
    db, viewer, today = get_db(), signed_in_viewer(), today_here()
    sought = _sought()
    page = certificates_for(db, viewer, sought, today=today)
    return render_template(
        "certificates/certificates.html",
        page=page,
        sought=sought,
        waiting=waiting_cohorts(db, viewer, today=today) if sought == SoughtCertificates() else (),
        doubtful=doubtful_cohorts(db, viewer, today=today) if sought == SoughtCertificates() else (),
        states=STATE_WORDS,
        chips=STATE_CHIPS,
        issuer=look_now(db).issuer,
    )


@bp.get(ONE)
@for_roles("HR", "trainer")
def certificate(code: str) -> str:
    """One certificate: what it states, what it is worth, and what can be done about it."""
    row = certificate_for(get_db(), signed_in_viewer(), code)
    return _certificate(row, done=DONE.get(request.args.get("done", "")))


@bp.post(f"{ONE}/revoke")
@for_roles("HR")
def revoke(code: str) -> ResponseReturnValue:
    """Revoke it for good; the page that follows offers to issue another."""
    db, viewer = get_db(), signed_in_viewer()
    row = certificate_for(db, viewer, code)
    reason = request.form.get("reason", "")
    try:
        revoke_certificate(db, certificate_of(db, row), reason, by=viewer.person_id, now=clock.now())
    except Mistyped as mistake:
        roll_back()
        return _certificate(row, reason=reason, error=mistake.sentence), 422
    return redirect(url_for("certificates.certificate", code=row.code, done="revoked"), 303)


@bp.post(f"{ONE}/reissue")
@for_roles("HR")
def reissue(code: str) -> ResponseReturnValue:
    """Issue another with what is true now, and go to it."""
    db, viewer = get_db(), signed_in_viewer()
    row = certificate_for(db, viewer, code)
    try:
        issued = reissue_certificate(db, certificate_of(db, row), by=viewer.person_id, now=clock.now())
    except UserError as refused:
        roll_back()
        return _certificate(row, refusal=refused.sentence), 422
    return redirect(url_for("certificates.certificate", code=issued.code, done="reissued"), 303)


@bp.get(COHORT, endpoint="cohort")
@for_roles("HR", "trainer")
def cohort_certificates(cohort_id: int) -> str:
    """Everybody in a cohort with their certificate, or with what they lack for one."""
    refresh_if_few(database())
    return _cohort(cohort_id, issued=read_id(request.args.get("issued", "")))


@bp.post(COHORT)
@for_roles("HR")
def issue(cohort_id: int) -> ResponseReturnValue:
    """Issue to those who were ticked; who cannot get one is told, and spoils nothing."""
    db, viewer = get_db(), signed_in_viewer()
    cohort = cohort_to_certify(db, viewer, cohort_id)
    ticked = {number for typed in request.form.getlist("enrolment") if (number := read_id(typed)) is not None}
    try:
        came = issue_certificates(db, cohort, by=viewer.person_id, now=clock.now(), only=ticked)
    except UserError as refused:
        roll_back()
        return _cohort(cohort_id, refusals=(refused.sentence,)), 422
    if came.left_out or not ticked:
        nobody = (say("Tick at least one person."),) if not ticked else ()
        return _cohort(cohort_id, issued=len(came.certificates), refusals=(*came.left_out, *nobody)), 422
    return redirect(url_for("certificates.cohort", cohort_id=cohort_id, issued=len(came.certificates)), 303)


def _sought() -> SoughtCertificates:
    asked = request.args
    state = asked.get("state", "")
    return SoughtCertificates(
        asked.get("q", "")[:200], state if state in STATE_WORDS else "", read_id(asked.get("page", "")) or 1
    )


def _certificate(
    row: CertificateRow,
    *,
    done: Sentence | None = None,
    refusal: Sentence | None = None,
    reason: str = "",
    error: Sentence | None = None,
) -> str:
    viewer = signed_in_viewer()
    issues = issues_of(get_db(), row.enrolment_id)
    return render_template(
        "certificates/certificate.html",
        row=row,
        sheet=sheet_of(row.snapshot, row.code),
        issues=issues,
        newest=issues[0].id == row.id,
        doubtful=holds_no_more(get_db(), row),
        may_change=viewer.has_any("HR"),
        states=STATE_WORDS,
        chips=STATE_CHIPS,
        done=done,
        refusal=refusal,
        reason=reason,
        error=error and words(error),
    )


def _completion_of(cohort: Cohort) -> str | None:
    """Where the viewer reads why somebody has none: HR in their list, a trainer on the page of the cohort."""
    viewer = signed_in_viewer()
    if viewer.has_any("HR"):
        return url_for("records.completion", cohort=cohort.id)
    return url_for("records.cohort_completion", cohort_id=cohort.id)


def _cohort(cohort_id: int, *, issued: int | None = None, refusals: tuple[Sentence, ...] = ()) -> str:
    db, viewer = get_db(), signed_in_viewer()
    cohort = cohort_to_certify(db, viewer, cohort_id)
    today = clock.now().astimezone(ZoneInfo(cohort.zone)).date()
    return render_template(
        "certificates/cohort.html",
        cohort=cohort,
        page=cohort_page(candidates_in(db, cohort.id), today),
        may_issue=viewer.has_any("HR"),
        completion_list=_completion_of(cohort),
        issuer=look_now(db).issuer,
        states=STATE_WORDS,
        chips=STATE_CHIPS,
        completion=(records.STATE_WORDS, records.STATE_CHIPS),
        issued=issued,
        refusals=refusals,
    )
