"""The pictures in a course's folder: what they are, and that they are nothing else."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Literal

from app.courses.outline import Media
from app.courses.problems import Problem
from app.words import say

LIMIT = 10 * 1024 * 1024
"""Bytes of one picture."""

_TYPES: Mapping[str, tuple[Literal["image/svg+xml", "image/png", "image/jpeg"], re.Pattern[bytes]]] = {
    ".svg": ("image/svg+xml", re.compile(rb"\s*(<\?xml[^>]{0,200}>\s*)?(<!--[^>]{0,2000}-->\s*)?<svg\b")),
    ".png": ("image/png", re.compile(rb"\x89PNG\r\n\x1a\n")),
    ".jpg": ("image/jpeg", re.compile(rb"\xff\xd8\xff")),
    ".jpeg": ("image/jpeg", re.compile(rb"\xff\xd8\xff")),
}
_LIVELY = re.compile(rb"<!DOCTYPE|<!ENTITY|<script|<foreignObject|\son\w{1,30}\s*=|javascript:", re.IGNORECASE)


def is_picture(file: PurePosixPath) -> bool:
    return file.suffix.lower() in _TYPES


def media_of(content: bytes, file: PurePosixPath) -> Media:
    """What a course remembers of the picture."""
    return Media(sha256=hashlib.sha256(content).hexdigest(), media_type=_TYPES[file.suffix.lower()][0])


def picture_problems(file: PurePosixPath, content: bytes) -> Iterator[Problem]:
    """What keeps the picture out of a course."""
    media_type, beginning = _TYPES[file.suffix.lower()]
    if len(content) > LIMIT:
        sentence = say("The picture has more than {limit} MB.", limit=LIMIT // 1024 // 1024)
        yield Problem(file, 1, 1, "error", "too-large", "", sentence, say("Make it smaller."))
    elif not beginning.match(content):
        sentence = say("This is not what its name says: {type}.", type=media_type)
        yield Problem(file, 1, 1, "error", "picture-type", "", sentence, say("Save it again in that format."))
    elif media_type == "image/svg+xml" and (lively := _LIVELY.search(content)):
        sentence = say("The drawing holds something that is not drawn: scripts, entities or foreign content.")
        line = content[: lively.start()].count(b"\n") + 1
        value = lively[0].decode("ascii", "replace").strip()
        yield Problem(file, line, 1, "error", "picture-unsafe", value, sentence, say("Export it as plain SVG."))
