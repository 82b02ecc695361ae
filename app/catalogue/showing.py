"""What the pages of a course and of its documents show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import url_for
from markupsafe import Markup

from app.catalogue.agenda import Agenda, Mix, agenda_of
from app.catalogue.models import CourseVersion
from app.catalogue.queries import course_of, imprint_of, timetable_of
from app.catalogue.rendered import cache_key
from app.catalogue.rules import FOR_EVERYONE
from app.courses.documents import DOCUMENTS, NAMES, Built, DocumentName, Imprint, build_document
from app.courses.outline import Course
from app.courses.overview import days_long, group_of, hours_taught
from app.courses.typesetting import exercise_anchor
from app.documents.blocks import Document, Heading
from app.documents.html import to_html
from app.web.assets import Manifest
from app.web.language import words
from app.words import Language, in_words

MEDIA = "media/"
"""The folder of a course that its pictures lie in."""
ICONS: Mapping[DocumentName, str] = {
    "session-plan": "calendar-days",
    "run-sheet": "timer",
    "handbook": "book-open",
    "worksheets": "pencil-line",
    "answer-key": "key-round",
    "materials": "package",
}


@dataclass(frozen=True)
class DocumentLink:
    """A document of a course as a menu offers it."""

    label: str
    icon: str
    url: str
    current: bool = False


@dataclass(frozen=True)
class CoursePage:
    """What the page of a course shows."""

    version: CourseVersion
    course: Course
    language: Language
    """Of the page, not of the course."""
    agenda: Agenda
    facts: tuple[str, ...]
    documents: tuple[DocumentLink, ...]
    reading: str
    """The address of what the slots link into: the session plan, or the handbook."""
    sheets: str
    """The address of the worksheets."""
    opening: str | None
    """Where a cohort is opened on it; None for whoever opens none."""
    measuring: str | None
    """Where its exercises have their statistics; None for whoever may not see them."""


@dataclass(frozen=True)
class Asked:
    """One document of one version, for so many people."""

    version: CourseVersion
    name: DocumentName
    people: int
    exercise: str = ""
    """Which one, of the worksheets or the key to them, if not all."""

    @property
    def imprint(self) -> Imprint:
        return imprint_of(self.version)

    @property
    def key(self) -> str:
        """Names its PDF, and changes with anything that the PDF depends on."""
        people = self.people if self.name == "materials" else None
        return cache_key(self.version.digest, self.imprint, self.name, people, self.exercise)

    @property
    def title(self) -> str:
        """The kind of document in the language of the course."""
        return in_words(NAMES[self.name], course_of(self.version).language)


@dataclass(frozen=True)
class DocumentPage:
    """What the page of a document shows."""

    asked: Asked
    document: Document
    article: Markup
    contents: tuple[Heading, ...]
    """The headings that links can point to."""
    mix: Mix
    documents: tuple[DocumentLink, ...]
    pdf_url: str
    name: str
    """The kind of document in the language of the page."""


def course_page(
    version: CourseVersion, *, for_trainers: bool, language: Language, opening: str | None, measuring: str | None
) -> CoursePage:
    """The page of a course as all trainers see it, or all others."""
    course, slug = course_of(version), version.course.slug
    timetable = timetable_of(course)
    facts = (days_long(len(timetable.days)), hours_taught(timetable.taught), group_of(*course.people_in_group))
    return CoursePage(
        version,
        course,
        language,
        agenda=agenda_of(course, timetable, language),
        facts=tuple(words(fact) for fact in facts),
        documents=document_links(slug, for_trainers=for_trainers),
        reading=_url(slug, "session-plan" if for_trainers else "handbook"),
        sheets=_url(slug, "worksheets"),
        opening=opening,
        measuring=measuring,
    )


def document_page(asked: Asked, *, for_trainers: bool, language: Language) -> DocumentPage:
    """The page of a document as all trainers see it, or all others."""
    course, slug = course_of(asked.version), asked.version.course.slug
    built = build_document(asked.name, course, imprint=asked.imprint, people=asked.people)
    people = asked.people if asked.name == "materials" else None
    return DocumentPage(
        asked,
        built.document,
        article=_article(slug, built, readonly=asked.name == "answer-key"),
        contents=tuple(b for b in built.document.blocks if isinstance(b, Heading) and b.anchor),
        mix=agenda_of(course, timetable_of(course), language).mix,
        documents=document_links(slug, for_trainers=for_trainers, current=asked.name),
        pdf_url=url_for("catalogue.document_pdf", slug=slug, name=asked.name, people=people),
        name=words(NAMES[asked.name]),
    )


def document_links(slug: str, *, for_trainers: bool, current: DocumentName | None = None) -> tuple[DocumentLink, ...]:
    """The documents a viewer may read, in the language of the page."""
    readable = (name for name in DOCUMENTS if for_trainers or name in FOR_EVERYONE)
    return tuple(
        DocumentLink(words(NAMES[name]), ICONS[name], url=_url(slug, name), current=name == current)
        for name in readable
    )


def icons_url() -> str:
    """The address of the drawn icons as they are built now."""
    return f"/assets/{Manifest().file_of('icons.svg')}"


def _url(slug: str, name: DocumentName) -> str:
    return url_for("catalogue.document", slug=slug, name=name)


def _article(slug: str, built: Built, *, readonly: bool) -> Markup:
    """The blocks under the document's title, headings one level deeper than on paper, where the title is apart."""
    return to_html(
        built.document,
        built.values,
        media_url=lambda path: url_for("catalogue.media", slug=slug, path=path.removeprefix(MEDIA)),
        exercise_url=lambda exercise: f"{_url(slug, 'worksheets')}#{exercise_anchor(exercise)}",
        icons_url=icons_url(),
        readonly=readonly,
        heading_offset=1,
    )
