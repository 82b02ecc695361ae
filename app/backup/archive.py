"""The one file that a backup is: a ZIP, written whole or not at all, and read member by member.

Nothing in it decides where anything goes. Whoever reads gives the place, and no more bytes arrive than the manifest
says; whatever the manifest does not name is a reason to refuse the file.
"""

from __future__ import annotations

import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Protocol

from app.backup import manifest
from app.backup.manifest import Manifest, Member
from app.errors import UserError
from app.files import sync_folder
from app.words import Sentence, say

PIECE = 2**20
PACKED = {".sqlite": zipfile.ZIP_DEFLATED, ".json": zipfile.ZIP_DEFLATED}
"""What is worth packing: dumps and pictures are packed already."""
LEVEL = 1
"""Of packing: three quarters of what the best level saves, in a fifth of its time."""
DAMAGES = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OverflowError)


class Readable(Protocol):
    """Where bytes come from."""

    def read(self, size: int, /) -> bytes:
        """At most so many of the next bytes; none at the end."""


@dataclass
class Writing:
    """A backup under way."""

    archive: zipfile.ZipFile
    members: dict[str, Member] = field(default_factory=dict)

    def add(self, name: str, source: Readable) -> None:
        """Put the bytes of a source into it."""
        entry = zipfile.ZipInfo(name)
        entry.compress_type = PACKED.get(Path(name).suffix, zipfile.ZIP_STORED)
        entry.external_attr = (stat.S_IFREG | 0o600) << 16
        size, seen = 0, sha256()
        with self.archive.open(entry, "w", force_zip64=True) as into:
            while piece := source.read(PIECE):
                seen.update(piece)
                size += len(piece)
                into.write(piece)
        self.members[name] = Member(size=size, sha256=seen.hexdigest())

    def end(self, described: Manifest) -> None:
        """Put the manifest in, as the last thing."""
        self.archive.writestr(manifest.NAME, described.model_dump_json(indent=1))


@contextmanager
def written(target: Path) -> Iterator[Writing]:
    """A new archive: under a name of its own until it is whole and on the disk. What is there already stays."""
    part = target.with_name(f".{target.name}.part")
    try:
        with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b") as file:
            with zipfile.ZipFile(file, "w", compresslevel=LEVEL) as archive:
                yield Writing(archive)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            raise UserError(say("There is a file {path} already.", path=target))
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    sync_folder(target.parent)


@dataclass(frozen=True)
class Archive:
    """A backup that is being read: its entries are exactly those of its manifest."""

    path: Path
    manifest: Manifest
    _archive: zipfile.ZipFile

    def read(self, name: str, into: BinaryIO | None = None) -> None:
        """Check a member, and copy it where a place is given. Raises UserError where it is not what it should be."""
        expected, size, seen = self.manifest.members[name], 0, sha256()
        try:
            with self._archive.open(name) as source:
                while piece := source.read(PIECE):
                    size += len(piece)
                    if size > expected.size:
                        break
                    seen.update(piece)
                    if into is not None:
                        into.write(piece)
        except DAMAGES:
            raise unusable(self.path, _damaged(name)) from None
        if (size, seen.hexdigest()) != (expected.size, expected.sha256):
            raise unusable(self.path, _damaged(name))


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """A backup to read. Raises UserError for anything that is not one, whole and with nothing else in it."""
    try:
        archive = zipfile.ZipFile(path)
    except OSError as error:
        raise UserError(say("{path} cannot be read: {why}.", path=path, why=error.strerror or "")) from None
    except DAMAGES:
        raise unusable(path, say("It is no backup, or not a whole one.")) from None
    with archive:
        try:
            yield Archive(path, _described(archive), archive)
        except _Unusable as refusal:
            raise unusable(path, refusal.sentence) from None


def unusable(path: Path, why: Sentence) -> UserError:
    """The refusal of a file."""
    return UserError(say("{path} cannot be used. {why} Nothing was changed.", path=path, why=why))


class _Unusable(UserError):
    """Why a file cannot be used, before its name is said."""


def _described(archive: zipfile.ZipFile) -> Manifest:
    """The manifest, which everything else in the archive agrees with in name, kind and size."""
    entries = {entry.filename: entry for entry in archive.infolist()}
    if len(entries) < len(archive.infolist()):
        raise _Unusable(say("A file is in it twice."))
    about = entries.pop(manifest.NAME, None)
    if about is None or not _is_plain(about) or about.file_size > manifest.MOST_BYTES:
        raise _Unusable(say("It is no backup, or not a whole one."))
    try:
        with archive.open(about) as file:
            content = file.read(manifest.MOST_BYTES + 1)
    except DAMAGES:
        raise _Unusable(_damaged(manifest.NAME)) from None
    try:
        found = manifest.read_manifest(content)
    except UserError as refusal:
        raise _Unusable(refusal.sentence) from None
    for name in sorted(entries.keys() - found.members.keys()):
        raise _Unusable(say("It holds {name}, which does not belong in a backup.", name=ascii(name)))
    for name, member in found.members.items():
        if name not in entries:
            raise _Unusable(say("{name} is missing in it.", name=name))
        if not _is_plain(entries[name]) or entries[name].file_size != member.size:
            raise _Unusable(_damaged(name))
        if name.startswith("files/") and member.sha256 != name[6:]:
            raise _Unusable(_damaged(name))
    return found


def _is_plain(entry: zipfile.ZipInfo) -> bool:
    """Neither a link nor a folder nor anything else, and packed in a way that we pack."""
    kind = stat.S_IFMT(entry.external_attr >> 16)
    packed = entry.compress_type in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
    return kind in {0, stat.S_IFREG} and packed and not entry.flag_bits & 1


def _damaged(name: str) -> Sentence:
    return say("{name} in it is damaged.", name=name)
