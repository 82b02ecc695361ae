"""The files of a content root: courses/, exercises/ and the vocabulary, read from disk as they are."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath, PurePosixPath

Files = Mapping[PurePosixPath, bytes]
"""The bytes of every file an author may have written, by its path in the root: text is decoded where it is read,
so that a wrong encoding is a problem with a place."""

SHIPPED = Path(__file__).parents[2]
VOCABULARY = PurePosixPath("courses/vocabulary.yaml")
OUTLINE = "outline.yaml"
LOST = "\ufffd"
"""Stands in a path for what is no UTF-8 in a file's name."""

_SLUG = re.compile(r"(?=.{1,80}\Z)[a-z0-9]+(-[a-z0-9]+)*")

_TEXT_LIMIT = 256 * 1024
_MEDIA_LIMIT = 10 * 1024 * 1024
_MEDIA = frozenset({".svg", ".png", ".jpg", ".jpeg"})
_TEXT = frozenset({".yaml", ".md"})


def root_of(path: Path) -> Path:
    """The content root that holds this file or folder: the nearest one with courses/ or exercises/ around it.

    A folder that lies in no root is taken with the vocabulary and the exercises that are shipped.
    """
    for folder in path.resolve().parents:
        if (folder / VOCABULARY).is_file() or _holds(folder, path.resolve()):
            return folder
    return SHIPPED


def is_root(path: Path) -> bool:
    """Whether this is a content root, not a course: it has the folders, and no outline of its own."""
    return not (path / OUTLINE).exists() and any((path / name).is_dir() for name in ("courses", "exercises"))


def read_files(root: Path, *courses: Path) -> Files:
    """Exercises, vocabulary, and all courses of the root, or only the given folders (which may lie outside it).

    Links that lead out of their folder are left out, and of a file over the limit only so much is read that the
    loader can say it is too large.
    """
    folders = courses or tuple(sorted(path for path in (root / "courses").glob("*") if path.is_dir()))
    found = {PurePosixPath("exercises") / inner: content for inner, content in _tree(root / "exercises")}
    vocabulary = root / VOCABULARY
    found[VOCABULARY] = _content(vocabulary if vocabulary.is_file() else SHIPPED / VOCABULARY)
    for folder in folders:
        found |= {course_path(root, folder) / inner: content for inner, content in _tree(folder)}
    return found


def course_path(root: Path, folder: Path) -> PurePosixPath:
    """How a course's folder is called among the files of its root."""
    resolved = folder.resolve()
    if resolved.is_relative_to(root.resolve()):
        return readable(resolved.relative_to(root.resolve()))
    return PurePosixPath("courses", slug_of(resolved.name))


def readable(path: PurePath) -> PurePosixPath:
    """The path as it can be written and shown, whatever bytes its names are made of."""
    return PurePosixPath(os.fsencode(path.as_posix()).decode("utf-8", "replace"))


def is_slug(name: str) -> bool:
    """Whether a file or folder of this name can have an address."""
    return _SLUG.fullmatch(name) is not None


def slug_of(name: str) -> str:
    """The address of a course in a folder of this name: the name itself, or what is like it."""
    return name if is_slug(name) else "-".join(re.findall("[a-z0-9]+", name.lower()))[:80].strip("-") or "course"


def _holds(folder: Path, path: Path) -> bool:
    """Whether the path stands where this folder, as a root, would keep a course or an exercise."""
    inner = path.relative_to(folder).parts
    return (inner[0] == "courses" and len(inner) == 2) or (inner[0] == "exercises" and path.suffix == ".md")


def _tree(folder: Path) -> Iterator[tuple[PurePosixPath, bytes]]:
    own = folder.resolve()
    for path in sorted(folder.rglob("*")):
        wanted = path.suffix.lower() in _TEXT | _MEDIA and path.is_file()
        if wanted and path.resolve().is_relative_to(own):
            yield readable(path.relative_to(folder)), _content(path)


def _content(path: Path) -> bytes:
    limit = _TEXT_LIMIT if path.suffix.lower() in _TEXT else _MEDIA_LIMIT
    with path.open("rb") as file:
        return file.read(limit + 1)
