"""The pages of a person's record: one's own with all answers as a PDF, and that of anybody for HR."""

from __future__ import annotations

from flask import Response, render_template, request

from app import clock
from app.assessment.rules import STATE_CHIPS, STATE_WORDS
from app.catalogue.models import CourseVersion
from app.catalogue.pages import pages
from app.catalogue.queries import course_of
from app.certificates.queries import STATE_CHIPS as CERTIFICATE_CHIPS
from app.certificates.queries import STATE_WORDS as CERTIFICATE_WORDS
from app.courses.clock_times import hours_in_digits
from app.documents import to_pdf
from app.errors import NotFound
from app.home.answer_paper import answers_on_paper
from app.home.answer_queries import answers_of
from app.home.freshness import settled
from app.home.record_queries import enrolments_of, own_record, person_record
from app.home.views import bp
from app.records.completion import SHOWN_CHIPS, SHOWN_WORDS
from app.records.filters import list_said
from app.records.progress import refresh_if_few
from app.web.downloads import named
from app.web.forms import read_id
from app.web.guards import NOTHING_HERE, for_roles, signed_in
from app.web.language import current_language, today_here, words
from app.web.transactions import database, end_reading, get_db
from app.web.viewing import signed_in_viewer
from app.words import say

LOOKS = {
    "shown_words": SHOWN_WORDS,
    "shown_chips": SHOWN_CHIPS,
    "certificate_words": CERTIFICATE_WORDS,
    "certificate_chips": CERTIFICATE_CHIPS,
    "hours": hours_in_digits,
}


@bp.get("/record")
@signed_in
def record() -> str:
    """All of one's own cohorts, results, certificates and hours."""
    viewer = signed_in_viewer()
    enrolments = settled(lambda: enrolments_of(get_db(), viewer.person_id))
    found = own_record(get_db(), viewer, enrolments, language=current_language(), now=clock.now())
    return render_template(
        "home/record.html", record=found, state_words=STATE_WORDS, state_chips=STATE_CHIPS, now=clock.now(), **LOOKS
    )


@bp.get("/record/answers.pdf")
@signed_in
def record_answers() -> Response:
    """All of one's own answers as one PDF, or with `?cohort=` those of one cohort."""
    viewer, now, language = signed_in_viewer(), clock.now(), current_language()
    asked = request.args.get("cohort")
    cohort_id = read_id(asked) if asked else None
    found = answers_of(get_db(), viewer, cohort_id=cohort_id, now=now) if cohort_id or not asked else ()
    if not found:
        raise NotFound(NOTHING_HERE)
    end_reading()  # printing takes a moment, and an open transaction would be in the way of others for all of it
    answers = answers_on_paper(found, viewer.display_name, picture=_picture, language=language, today=today_here())
    response = Response(to_pdf(answers.document, answers.values), mimetype="application/pdf")
    return named(response, words(say("My answers")), "pdf", plain="answers", inline=True)


@bp.get("/people/<int(max=2147483647):person_id>/record", endpoint="person_record")
@for_roles("HR")
def person_record_page(person_id: int) -> str:
    """The record of anybody, without answers. The address may hold that of the list that leads here."""
    refresh_if_few(database())
    found = person_record(get_db(), signed_in_viewer(), person_id, language=current_language(), now=clock.now())
    return render_template(
        "home/person_record.html",
        person=found,
        record=found.record,
        now=clock.now(),
        came_from=list_said(request.args),
        **LOOKS,
    )


def _picture(version: CourseVersion, path: str) -> bytes:
    return pages().picture(path, course_of(version).media[path])
