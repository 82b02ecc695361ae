"""The pages of published courses: the catalogue, a course, its documents and pictures."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from app.catalogue.pages import page_around, pages
from app.catalogue.queries import catalogue_for, course_of, newest_version, picture_for, version_for_document
from app.catalogue.rules import teaches
from app.catalogue.showing import MEDIA, Asked
from app.courses.documents import DOCUMENTS, NAMES, DocumentName
from app.courses.outline import Course
from app.errors import NotFound, UserError
from app.exercises.texts import bare_text
from app.web.downloads import named
from app.web.guards import NOTHING_HERE, signed_in
from app.web.language import current_language, words
from app.web.navigation import way_for_viewer
from app.web.transactions import end_reading, get_db
from app.web.viewing import signed_in_viewer
from app.words import say

bp = Blueprint("catalogue", __name__, url_prefix="/courses", template_folder="templates")
DOCUMENT = f"<any({','.join(map(repr, DOCUMENTS))}):name>"
PEOPLE, MOST_PEOPLE = 24, 500
SHEETS: tuple[DocumentName, ...] = ("worksheets", "answer-key")
"""The documents that can be had an exercise at a time."""
PICTURE_POLICY = "sandbox; default-src 'none'"


@bp.url_defaults
def stay_with_version(endpoint: str, values: dict[str, Any]) -> None:
    """Links inside the pages of an older version lead to that version: a cohort stays with its own."""
    if endpoint != "catalogue.courses" and (number := _number()) is not None and request.blueprint == bp.name:
        values.setdefault("version", number)


@bp.get("")
@signed_in
def courses() -> ResponseReturnValue:
    """The list of courses."""
    entries = catalogue_for(get_db(), signed_in_viewer())
    if not entries:
        return render_template("catalogue/courses.html", body=None)
    return page_around("catalogue/courses.html", pages().courses(entries, language=current_language()))


@bp.get("/<slug>")
@signed_in
def course(slug: str) -> Response:
    """A course with its timetable."""
    viewer = signed_in_viewer()
    version = newest_version(get_db(), viewer, slug, number=_number())
    pinned = _number() is not None
    opening = None if pinned else way_for_viewer("cohorts.new_cohort", course=slug)  # it would take the newest version
    body = pages().course(
        version,
        for_trainers=teaches(viewer.roles),
        language=current_language(),
        pinned=pinned,
        opening=opening,
        measuring=None if pinned else way_for_viewer("statistics.course", slug=slug),
    )
    return page_around("catalogue/course.html", body, title=version.title)


@bp.get(f"/<slug>/{DOCUMENT}")
@signed_in
def document(slug: str, name: DocumentName) -> Response:
    """A document as a page."""
    viewer = signed_in_viewer()
    version = version_for_document(get_db(), viewer, slug, name, number=_number())
    asked = Asked(version, name, _people())
    body = pages().document(
        asked, for_trainers=teaches(viewer.roles), language=current_language(), pinned=_number() is not None
    )
    return page_around("catalogue/document.html", body, asked=asked, kind=words(NAMES[name]))


@bp.get(f"/<slug>/{DOCUMENT}.pdf")
@signed_in
def document_pdf(slug: str, name: DocumentName) -> Response:
    """A document as a PDF, shown in the browser; a browser that has it already is told so before it is rendered."""
    version = version_for_document(get_db(), signed_in_viewer(), slug, name, number=_number())
    course = course_of(version)
    asked = Asked(version, name, _people(), _exercise(course, name))
    response = Response(mimetype="application/pdf")
    response.set_etag(asked.key)
    response.cache_control.private = True
    response.cache_control.no_cache = True  # kept, but rights are asked for each time
    if request.if_none_match.contains(asked.key):
        response.make_conditional(request)
        return response
    title = bare_text(course.exercises[asked.exercise].title) if asked.exercise else version.title
    named(response, f"{title}-{asked.title}", "pdf", plain=f"{slug}-{asked.exercise or name}", inline=True)
    end_reading()  # printing takes seconds, and an open transaction would be in the way of others for all of them
    response.data = pages().pdf(asked, course)
    return response


@bp.get("/<slug>/media/<path:path>")
@signed_in
def media(slug: str, path: str) -> Response:
    """A picture of a course. Opened by itself it is in a sandbox: a drawing may hold script."""
    found = picture_for(get_db(), signed_in_viewer(), slug, f"{MEDIA}{path}", number=_number())
    response = Response(pages().picture(f"{MEDIA}{path}", found), mimetype=found.media_type)
    response.headers["Content-Security-Policy"] = PICTURE_POLICY
    response.cache_control.private = True
    response.cache_control.no_cache = True
    response.set_etag(found.sha256)
    response.make_conditional(request)
    return response


def _number() -> int | None:
    """The number of the version that the address asks for; None for the newest. Raises NotFound."""
    asked = request.args.get("version")
    if asked is None:
        return None
    if not (asked.isascii() and asked.isdigit() and len(asked) <= 6):
        raise NotFound(NOTHING_HERE)
    return int(asked)


def _exercise(course: Course, name: DocumentName) -> str:
    """The one exercise that the address asks for, "" for all. Raises NotFound."""
    asked = request.args.get("exercise", "")
    if asked and (name not in SHEETS or asked not in course.exercise_slugs):
        raise NotFound(NOTHING_HERE)
    return asked


def _people() -> int:
    """How many people materials are counted for. Raises UserError."""
    asked = request.args.get("people", str(PEOPLE))
    if not (asked.isascii() and asked.isdigit() and len(asked) <= 3 and 1 <= int(asked) <= MOST_PEOPLE):
        raise UserError(say("A number of people goes here, from 1 to {most}.", most=MOST_PEOPLE))
    return int(asked)
