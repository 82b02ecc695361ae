"""The documents of a course: which there are, and how each is built."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from app.courses.handbook import handbook
from app.courses.materials import materials
from app.courses.outline import Course
from app.courses.run_sheet import run_sheet
from app.courses.session_plan import session_plan
from app.courses.typesetting import DRAFT, Imprint, Manuscript, rewritten
from app.courses.worksheet import answer_key, model_answers, worksheets
from app.documents.blocks import Block, Document, Picture
from app.words import Sentence, say

__all__ = [
    "DOCUMENTS",
    "DRAFT",
    "NAMES",
    "Built",
    "DocumentName",
    "Imprint",
    "build_document",
    "build_documents",
    "trainee_pictures",
]

DocumentName = Literal["session-plan", "run-sheet", "handbook", "worksheets", "answer-key", "materials"]
DOCUMENTS: tuple[DocumentName, ...] = get_args(DocumentName)
NAMES: Mapping[DocumentName, Sentence] = {
    "session-plan": say("Session plan"),
    "run-sheet": say("Run sheet"),
    "handbook": say("Handbook"),
    "worksheets": say("Worksheets"),
    "answer-key": say("Answer key"),
    "materials": say("Materials list"),
}
_BUILDERS: Mapping[DocumentName, Callable[[Manuscript], Document]] = {
    "session-plan": session_plan,
    "run-sheet": run_sheet,
    "handbook": handbook,
    "worksheets": worksheets,
    "answer-key": answer_key,
    "materials": materials,
}


@dataclass(frozen=True)
class Built:
    """A document ready to be shown or printed."""

    document: Document
    values: Mapping[str, str] = field(default_factory=dict)
    """Field name → what stands in the field."""


def build_document(
    name: DocumentName,
    course: Course,
    *,
    imprint: Imprint = DRAFT,
    pictures: Mapping[str, bytes] | None = None,
    people: int = 24,
    exercise: str = "",
) -> Built:
    """One document of a course. `pictures`: path inside the course's folder → bytes; `people`: how many trainees
    the materials list counts for; `exercise`: which one, of worksheets or answer key, if not all.
    """
    manuscript = Manuscript(course, imprint, pictures or {}, people, exercise)
    return Built(_BUILDERS[name](manuscript), model_answers(manuscript) if name == "answer-key" else {})


def trainee_pictures(course: Course) -> frozenset[str]:
    """The paths of the pictures that the documents for trainees show."""
    manuscript = Manuscript(course)
    blocks = (*handbook(manuscript).blocks, *worksheets(manuscript).blocks)
    found: set[str] = set()

    def note(block: Block) -> tuple[Block, ...]:
        if isinstance(block, Picture):
            found.add(block.path)
        return (block,)

    rewritten(blocks, note)
    return frozenset(found)


def build_documents(
    course: Course,
    *,
    imprint: Imprint = DRAFT,
    pictures: Mapping[str, bytes] | None = None,
    people: int = 24,
) -> Mapping[DocumentName, Built]:
    """All documents of a course, by name."""
    return {name: build_document(name, course, imprint=imprint, pictures=pictures, people=people) for name in DOCUMENTS}
