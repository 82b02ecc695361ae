"""What is secret in an exercise, what of a course everybody may see, and which secrets a response gives away."""

from __future__ import annotations

import html
import re
import subprocess
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from app.courses.outline import Course
from app.exercises import Spec, kind_of, secret_of
from app.exercises.kind import COMMON_SECRET, Secret
from app.exercises.texts import bare_text
from app.words import CATALOGUES, _catalogue

SHORTEST = 5
"""Characters, white space left out: shorter texts stand everywhere by chance."""
GRAM = SHORTEST
LONGEST_JOINED = 12
"""Characters that stand together by chance where two lines meet."""
_TAG_IN_A_LINE = re.compile(r"</?(?:a|abbr|b|br|code|del|em|i|ins|mark|small|span|strong|sub|sup|u|wbr)\b[^>]*>")
_TAG = re.compile(r"<[^>]*>")
_LIST_MARK = re.compile(r"^\s*(?:[-*#>|]+|\d+[.)])\s*")
_TRAINERS_PART = re.compile(r"^::: *trainer.*?^:::\s*$", re.DOTALL | re.MULTILINE)
_FIGURES = re.compile(r"[\d.,/\-−]+")


def squeezed(text: str) -> str:
    """Without white space, which layout puts where it likes."""
    return re.sub(r"\s+", "", html.unescape(text))


def strings(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for each in value.values():
                yield from strings(each)
        case list() | tuple():
            for each in value:
                yield from strings(each)


def _parts(value: Any, secret: Secret, *, hidden: bool) -> Iterator[str]:
    """The strings of the secret parts of a dump, or of all others."""
    items = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for name, each in items:
        inner = secret.get("__all__") if "__all__" in secret else secret.get(str(name), {})
        if inner is True:
            yield from strings(each) if hidden else ()
        elif isinstance(each, (Mapping, list)):
            yield from _parts(each, inner or {}, hidden=hidden)
        elif isinstance(each, str) and not hidden:
            yield each


@cache
def lines_of(text: str) -> frozenset[str]:
    """Each line as it was written, and as it is shown."""
    lines = text.splitlines()
    shown = (bare_text(_LIST_MARK.sub("", line)) for line in lines)
    return frozenset(map(squeezed, (*lines, *shown)))


@dataclass(frozen=True)
class Secrets:
    """Squeezed texts by the exercise they belong to."""

    of: Mapping[str, frozenset[str]]
    _by_gram: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for slug, texts in self.of.items():
            for text in texts:
                self._by_gram.setdefault(text[:GRAM], []).append((slug, text))

    @property
    def count(self) -> int:
        return sum(map(len, self.of.values()))

    def in_text(self, text: str) -> set[tuple[str, str]]:
        """Exercise and text of each secret that stands in a page, in what is shown or in its source."""
        found = set()
        for view in (squeezed(text), squeezed(_TAG.sub("\1", _TAG_IN_A_LINE.sub("", text)))):
            grams = {view[n : n + GRAM] for n in range(len(view))}
            for gram in grams & self._by_gram.keys():
                found |= {(slug, secret) for slug, secret in self._by_gram[gram] if secret in view}
        return found


def secrets_of(
    specs: Mapping[str, Spec], course: Course, *, also: Collection[Spec] = (), common_only: bool = False
) -> Secrets:
    """The secrets of some exercises that stand nowhere in what trainees may read; `common_only`: without the keys.

    `also`: further variants that they may read. A template says the same as its variants, whose keys are told some day.
    """
    visible, found = "\0".join(("", *frozenset(_visible((*specs.values(), *also), course)), "")), {}
    for slug, spec in specs.items():
        secret = COMMON_SECRET if common_only else secret_of(spec)
        texts = _lines_in(spec, secret)
        if common_only:
            texts -= {line for each in (spec, *also) for line in _lines_in(each, kind_of(each).secret)}
        found[slug] = frozenset(
            text for text in texts if _is_telling(text) and text not in visible and not _is_joined(text, visible)
        )
    return Secrets(found)


def _lines_in(spec: Spec, secret: Secret) -> set[str]:
    return {line for text in _parts(spec.model_dump(mode="json"), secret, hidden=True) for line in lines_of(text)}


def _is_telling(text: str) -> bool:
    return len(text) >= SHORTEST and not _FIGURES.fullmatch(text)  # figures stand in every token by chance


def _is_joined(text: str, visible: str) -> bool:
    """Whether it is the end of a line that everybody may read and the beginning of another: a heading, and a label."""
    if len(text) > LONGEST_JOINED:
        return False
    places = range(2, len(text) - 1)
    return any(f"{text[:place]}\0" in visible and f"\0{text[place:]}" in visible for place in places)


def _visible(specs: Iterable[Spec], course: Course) -> Iterator[str]:
    """All lines that trainees may read, squeezed."""
    texts = [*_outline(course), *_words()]
    for spec in (*specs, *course.exercises.values()):
        texts += _parts(spec.model_dump(mode="json"), secret_of(spec), hidden=False)
    return (line for text in texts for line in lines_of(text))


def _outline(course: Course) -> Iterator[str]:
    for name, value in course.model_dump(mode="json", exclude={"exercises", "notes"}).items():
        yield from strings(value) if name != "digest" else ()
    for notes in course.notes.values():
        yield _TRAINERS_PART.sub("", notes)


def _words() -> Collection[str]:
    assert CATALOGUES.is_dir()
    return [*_catalogue("zh-CN"), *_catalogue("zh-CN").values()]


def text_of_pdf(content: bytes) -> str:
    done = subprocess.run(["pdftotext", "-raw", "-", "-"], input=content, capture_output=True, check=True)
    return done.stdout.decode()
