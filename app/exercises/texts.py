"""The texts and ids that authors write in the head of an exercise, and how their faults are told."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated, Final, TypeVar

from pydantic import (
    AfterValidator,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
    ValidationInfo,
)
from pydantic_core import CoreSchema, PydanticCustomError
from pydantic_core.core_schema import no_info_before_validator_function

from app.documents.markdown import MarkdownProblem, bare, inline, inline_problems, parse_markdown
from app.words import Sentence, in_words, say

Item = TypeVar("Item")

STORED: Final = {"stored": True}
"""The validation context of what was published: it met the rules of its day, and later ones are not asked of it."""

VARIED: Final = {"stored": True, "varied": True}
"""The same for a variant of it: its head is as its author wrote it, but for what the seed has put in."""

_PARAGRAPHS = re.compile(r"\n\s*\n")


def is_stored(info: ValidationInfo[object]) -> bool:
    """Whether a value comes back from where it was published, instead of from its author."""
    return info.context is STORED or info.context is VARIED


def is_dumped(info: ValidationInfo[object]) -> bool:
    """Whether a value stands as `model_dump` wrote it."""
    return info.context is STORED


def fault(code: str, sentence: Sentence, remedy: Sentence, **found: object) -> PydanticCustomError:
    """An author's mistake. Its `ctx` holds `sentence` and `remedy`, to be worded in the reader's language."""
    english = f"{in_words(sentence, 'en')} {in_words(remedy, 'en')}"
    return PydanticCustomError(code, "{english}", {"english": english, "sentence": sentence, "remedy": remedy, **found})


@lru_cache(4096)
def bare_text(text: str) -> str:
    """A one-line text without its markup: for names of parts, and where only letters can be shown."""
    return bare(inline(text))


def _printable(text: str, info: ValidationInfo[object]) -> str:
    if not is_stored(info):
        _refuse(parse_markdown(text).problems)
    return text


def _one_line(text: str, info: ValidationInfo[object]) -> str:
    if is_stored(info):
        return text
    _refuse(inline_problems(text))
    if _PARAGRAPHS.search(text.strip()):
        raise fault(
            "one-line",
            say("This text is one paragraph; several stand in it."),
            say("Join them, or move the text under the head."),
        )
    return text


def _refuse(problems: tuple[MarkdownProblem, ...]) -> None:
    """All of them travel in `ctx["problems"]`, with lines counted from the start of the text."""
    if problems:
        raise fault("unprintable", problems[0].sentence, problems[0].remedy, problems=problems)


def at_least(least: int) -> AfterValidator:
    """So many items. (pydantic's min_length counts items with mistakes as missing and reports both.)"""

    def check(items: tuple[Item, ...]) -> tuple[Item, ...]:
        if len(items) < least:
            raise fault("too-few", say("At least {least} are needed here.", least=least), say("Add what is missing."))
        return items

    return AfterValidator(check)


class OneOrSeveral:
    """Of a list of words: a single one needs no brackets."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return no_info_before_validator_function(_as_list, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, object]:
        several = handler(schema)
        return {"anyOf": [several["items"], several]}


def _as_list(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
InlineText = Annotated[str, StringConstraints(min_length=1, max_length=1000), AfterValidator(_one_line)]
MarkdownText = Annotated[str, AfterValidator(_printable)]
