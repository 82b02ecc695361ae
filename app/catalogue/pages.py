"""The pages and papers of published versions, each rendered once: PDFs for all nodes."""

from __future__ import annotations

import logging
from pathlib import Path

from flask import Flask, Response, current_app, render_template
from markupsafe import Markup

from app.catalogue.models import CourseVersion
from app.catalogue.queries import CatalogueEntry, imprint_of
from app.catalogue.rendered import Folder, Recent, Shared, cache_key
from app.catalogue.showing import Asked, CoursePage, DocumentPage, course_page, document_page, icons_url
from app.courses.documents import build_document
from app.courses.outline import Course, Media
from app.documents import CannotPrint, to_pdf
from app.errors import UserError
from app.files import FileStore
from app.fleeting import Fleeting
from app.web.language import zone_of_viewer
from app.words import Language, say

log = logging.getLogger(__name__)
_BODY = Markup("<!-- drawn before -->")
"""Where it goes; no text of a page can look like it, since texts are escaped."""


class Pages:
    """The renderings of one application, and its store of files. What stands on pages is kept as it is sent."""

    def __init__(self, store: FileStore, folder: Path, fleeting: Fleeting | None = None) -> None:
        self.store = store
        self._fragments: Recent[bytes] = Recent(256)
        self._pdfs: Recent[bytes | CannotPrint] = Recent(24)
        self._folder = Folder(folder)
        self._shared = Shared(fleeting) if fleeting else None

    def courses(self, entries: tuple[CatalogueEntry, ...], *, language: Language) -> bytes:
        """The list of courses."""
        return self._fragments.get(_fragment_key(entries, language), lambda: _drawn("course_list", entries))

    def course(
        self,
        version: CourseVersion,
        *,
        for_trainers: bool,
        language: Language,
        pinned: bool,
        opening: str | None,
        measuring: str | None,
    ) -> bytes:
        """Everything of a course's page that is the same for all trainers, or for all others.

        `pinned`: its links stay with the version that the address names. `opening`: where a cohort is opened on it;
        `measuring`: where its exercises have their statistics.
        """
        key = _fragment_key(version.digest, imprint_of(version), for_trainers, language, pinned, opening, measuring)

        def drawn() -> bytes:
            page = course_page(
                version, for_trainers=for_trainers, language=language, opening=opening, measuring=measuring
            )
            return _drawn("course_page", page)

        return self._fragments.get(key, drawn)

    def document(self, asked: Asked, *, for_trainers: bool, language: Language, pinned: bool) -> bytes:
        """Everything of a document's page that is the same for all trainers, or for all others."""
        key = _fragment_key(asked.key, for_trainers, language, pinned)

        def drawn() -> bytes:
            return _drawn("document_page", document_page(asked, for_trainers=for_trainers, language=language))

        return self._fragments.get(key, drawn)

    def pdf(self, asked: Asked, course: Course) -> bytes:
        """The document on paper, made without the database. Raises CannotPrint, UserError for a lost picture."""
        paper = self._pdfs.get(asked.key, lambda: self._paper(asked, course))
        if isinstance(paper, CannotPrint):
            raise CannotPrint(paper.sentence)
        return paper

    def picture(self, path: str, media: Media) -> bytes:
        """A picture of a course from the store. Raises UserError where it was lost there."""
        if media.sha256 not in self.store:
            log.error("the store of files has lost %s: %s", path, media.sha256)
            raise UserError(
                say("The picture {path} is missing on this server. Tell whoever looks after it.", path=path)
            )
        return self.store.content(media.sha256)

    def _paper(self, asked: Asked, course: Course) -> bytes | CannotPrint:
        """The PDF, or why there is none: kept too, or one document that takes too long could be asked for all day."""
        try:
            return self._folder.get(asked.key, lambda: self._from_other_nodes(asked, course))
        except CannotPrint as refused:
            return refused

    def _from_other_nodes(self, asked: Asked, course: Course) -> bytes:
        def printed() -> bytes:
            return self._printed(asked, course)

        return self._shared.get(asked.key, printed) if self._shared else printed()

    def _printed(self, asked: Asked, course: Course) -> bytes:
        pictures = {path: self.picture(path, media) for path, media in course.media.items()}
        built = build_document(
            asked.name,
            course,
            imprint=asked.imprint,
            pictures=pictures,
            people=asked.people,
            exercise=asked.exercise,
        )
        return to_pdf(built.document, built.values)


def pages() -> Pages:
    """The renderings of the running application."""
    found: Pages = current_app.extensions["pages"]
    return found


def page_around(template: str, body: bytes, **named: object) -> Response:
    """A page with what was drawn before as its `body`. That is sent as it lies: worksheets have a megabyte of it."""
    above, _, below = render_template(template, body=_BODY, **named).partition(_BODY)
    return Response([above.encode(), body, below.encode()])


def keep_pages(app: Flask) -> None:
    """Gives an application its store of files and its renderings, both under INSTANCE_PATH."""
    instance = Path(app.config["INSTANCE_PATH"])
    app.extensions["files"] = FileStore(instance / "files")
    app.extensions["pages"] = Pages(app.extensions["files"], instance / "cache", app.extensions.get("fleeting"))


def _fragment_key(*parts: object) -> str:
    """A name for a fragment that depends on these parts, on the drawn icons, and on the zone that days are told in."""
    return cache_key(*parts, icons_url(), zone_of_viewer().key)


def _drawn(macro: str, page: CoursePage | DocumentPage | tuple[CatalogueEntry, ...]) -> bytes:
    """A macro of pages.html, whose result is markup that Jinja has escaped, as it is sent."""
    drawn: Markup = getattr(current_app.jinja_env.get_template("catalogue/pages.html").module, macro)(page)
    return drawn.encode()
