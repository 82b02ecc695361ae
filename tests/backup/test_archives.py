"""Files that are no backups, not whole ones, or made to harm: refused in a sentence, and nothing is touched."""

from __future__ import annotations

import json
import random
import sqlite3
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from app.backup import archive, postgresql
from app.backup.making import Installation, make_backup
from app.backup.restoring import DRAFTS, restore_backup, verify_backup
from app.errors import UserError
from tests.backup.installations import ON_POSTGRESQL, installed
from tests.backup.test_backup import pytestmark as needs_its_programs
from tests.backup.test_backup import state_of
from tests.survival.sizes import sized

pytestmark = needs_its_programs
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
DATABASE = "database.dump" if ON_POSTGRESQL else "database.sqlite"
Entries = list[tuple[zipfile.ZipInfo, bytes]]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Installation]:
    with installed(tmp_path_factory.mktemp("archives") / "here", f"backup_archives_{worker_id}", filled=True) as place:
        yield place


@pytest.fixture(scope="module")
def made(found: Installation) -> Path:
    return make_backup(found, found.instance / "made.zip", with_key=True).path


def entries_of(path: Path) -> Entries:
    with zipfile.ZipFile(path) as source:
        return [(entry, source.read(entry)) for entry in source.infolist()]


def packed(entries: Entries, path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as target:
        for entry, content in entries:
            fresh = zipfile.ZipInfo(entry.filename)
            fresh.external_attr, fresh.compress_type = entry.external_attr, zipfile.ZIP_DEFLATED
            target.writestr(fresh, content)
    return path


def put(entries: Entries, name: str, content: bytes, *, attributes: int = 0o100600) -> Entries:
    """The entries with another content under a name, or one more."""
    entry = zipfile.ZipInfo(name)
    entry.external_attr = attributes << 16
    return [each for each in entries if each[0].filename != name] + [(entry, content)]


def told(entries: Entries, change: Callable[[dict[str, Any]], object]) -> Entries:
    """The entries with another manifest."""
    manifest = json.loads(next(content for entry, content in entries if entry.filename == "manifest.json"))
    change(manifest)
    return put(entries, "manifest.json", json.dumps(manifest).encode())


def member(content: bytes) -> dict[str, object]:
    return {"size": len(content), "sha256": sha256(content).hexdigest()}


def with_database(entries: Entries, content: bytes, **more: object) -> Entries:
    """The entries with another database, and a manifest that agrees with it."""

    def change(manifest: dict[str, Any]) -> None:
        manifest["members"][DATABASE] = member(content)
        manifest.update(more)

    return told(put(entries, DATABASE, content), change)


def content_of(entries: Entries, name: str) -> bytes:
    return next(content for entry, content in entries if entry.filename == name)


def named(entries: Entries, change: Callable[[str], str]) -> Entries:
    """The entries with another name for the first stored file, in the manifest, too."""
    old = next(entry.filename for entry, _ in entries if entry.filename.startswith("files/"))
    content, new = content_of(entries, old), change(old)
    rest = [each for each in entries if each[0].filename != old]

    def tell(manifest: dict[str, Any]) -> None:
        manifest["members"][new] = manifest["members"].pop(old)

    return told(put(rest, new, content), tell)


def first_file(entries: Entries) -> str:
    return next(entry.filename for entry, _ in entries if entry.filename.startswith("files/"))


def larger(manifest: dict[str, Any]) -> None:
    manifest["members"][DATABASE]["size"] = 10**15


def as_link(entries: Entries) -> Entries:
    name = first_file(entries)
    return put(entries, name, content_of(entries, name), attributes=stat.S_IFLNK | 0o777)


def bomb(entries: Entries) -> Entries:
    """A hundred megabytes of nothing, where the manifest says a few."""
    return put(entries, first_file(entries), bytes(100 * 2**20))


HOSTILE: dict[str, Callable[[Entries], Entries]] = {
    "link": as_link,
    "absolute name": lambda entries: put(entries, "/tmp/evil", b"evil"),  # noqa: S108 -- what an attacker would write
    "name that climbs": lambda entries: put(entries, "../../evil", b"evil"),
    "told name that climbs": lambda entries: named(entries, lambda _: "../../evil"),
    "told name with backslashes": lambda entries: named(entries, lambda old: old.replace("/", "\\")),
    "told file under another hash": lambda entries: named(entries, lambda _: f"files/{'0' * 64}"),
    "extra member": lambda entries: put(entries, "files/readme.txt", b"hello"),
    "bomb": bomb,
    "size beyond the disk": lambda entries: told(entries, larger),
    "newer format": lambda entries: told(entries, lambda manifest: manifest.update(format=2)),
    "other product": lambda entries: told(entries, lambda manifest: manifest.update(product="another")),
    "unknown revision": lambda entries: told(entries, lambda manifest: manifest.update(revision="9999")),
    "other schema": lambda entries: told(
        entries, lambda manifest: manifest.update(db_schema="another", kind="postgresql")
    ),
    "wrong counts": lambda entries: told(entries, lambda manifest: manifest["rows"].update(person=1)),
    "no database": lambda entries: told(entries, lambda manifest: manifest["members"].pop(DATABASE)),
    "missing file": lambda entries: [each for each in entries if each[0].filename != first_file(entries)],
    "missing database": lambda entries: [each for each in entries if each[0].filename != DATABASE],
    "missing manifest": lambda entries: [each for each in entries if each[0].filename != "manifest.json"],
    "manifest that is no JSON": lambda entries: put(entries, "manifest.json", b"[" * 100_000),
    "database that is none": lambda entries: with_database(entries, b"no database" * 1_000),
    "half a database": lambda entries: with_database(entries, content_of(entries, DATABASE)[: 2**15]),
    "changed database": lambda entries: put(
        entries, DATABASE, content_of(entries, DATABASE).replace(b"person", b"nosrep", 1)
    ),
}


def refused(found: Installation, path: Path) -> str:
    """The sentence that verifying and restoring refuse a file with."""
    sentences = set()
    for look in (lambda: verify_backup(found, path), lambda: restore_backup(found, path, now=NOW)):
        with pytest.raises(UserError) as refusal:
            look()
        sentences.add(str(refusal.value))
    (sentence,) = sentences
    assert str(path) in sentence
    assert sentence.endswith(".")
    return sentence


@pytest.fixture(scope="module")
def before(found: Installation, made: Path) -> dict[str, object]:
    return state_of(found)


def untouched(found: Installation, before: dict[str, object]) -> bool:
    left = list(found.instance.rglob(f"{DRAFTS}*"))
    return state_of(found) == before and not left


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_or_damaged_file_is_refused(
    kind: str, found: Installation, made: Path, before: dict[str, object], tmp_path: Path
) -> None:
    path = packed(HOSTILE[kind](entries_of(made)), tmp_path / "hostile.zip")
    refused(found, path)
    assert untouched(found, before)
    assert list(tmp_path.parent.rglob("evil")) == []


def test_a_file_packed_anew_without_harm_is_accepted(found: Installation, made: Path, tmp_path: Path) -> None:
    assert verify_backup(found, packed(entries_of(made), tmp_path / "same.zip"))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_that_is_there_twice_is_refused(found: Installation, made: Path, tmp_path: Path) -> None:
    entries = entries_of(made)
    assert "A file is in it twice." in refused(found, packed([*entries, entries[0]], tmp_path / "twice.zip"))


def test_a_manifest_of_another_backup_is_refused(
    found: Installation, made: Path, before: dict[str, object], tmp_path: Path
) -> None:
    (found.instance / "files").mkdir(exist_ok=True)
    later = make_backup(found, tmp_path / "later.zip")  # without the key: another manifest
    swapped = put(entries_of(made), "manifest.json", content_of(entries_of(later.path), "manifest.json"))
    refused(found, packed(swapped, tmp_path / "swapped.zip"))
    assert untouched(found, before)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99, 0.9999])
def test_half_a_file_is_refused(
    share: float, found: Installation, made: Path, before: dict[str, object], tmp_path: Path
) -> None:
    content = made.read_bytes()
    path = tmp_path / "half.zip"
    path.write_bytes(content[: int(len(content) * share)])
    refused(found, path)
    assert untouched(found, before)


def test_a_flipped_bit_is_refused_or_without_meaning(
    found: Installation, made: Path, before: dict[str, object], tmp_path: Path
) -> None:
    content, chance, path = made.read_bytes(), random.Random(1), tmp_path / "flipped.zip"  # noqa: S311 -- no secret
    inside = 0
    for _ in range(sized(25, 2_000)):
        place = chance.randrange(len(content))
        flipped = bytearray(content)
        flipped[place] ^= 1 << chance.randrange(8)
        path.write_bytes(flipped)
        try:
            with archive.opened(path) as opened:
                for name in opened.manifest.members:
                    opened.read(name)
                same = opened.manifest
        except UserError:
            inside += 1
        else:  # a date, a comment: what nobody reads
            with archive.opened(made) as original:
                assert same == original.manifest
    assert inside > 20
    assert untouched(found, before)


def test_other_files_are_no_backups(found: Installation, tmp_path: Path) -> None:
    tar, empty = tmp_path / "backup.tar", tmp_path / "empty.zip"
    with tarfile.open(tar, "w") as target:
        target.addfile(tarfile.TarInfo("manifest.json"), BytesIO())
    empty.touch()
    for path in (tar, empty):
        assert "It is no backup, or not a whole one." in refused(found, path)
    assert "cannot be read" in refused(found, tmp_path / "nothing.zip")
    assert "cannot be read" in refused(found, tmp_path)


@pytest.mark.skipif(ON_POSTGRESQL, reason="about SQLite")
@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        ("CREATE TRIGGER x AFTER INSERT ON person BEGIN DELETE FROM role; END", "would run something by itself"),
        ("CREATE VIEW x AS SELECT 1", "would run something by itself"),
        ("UPDATE role SET person_id = 99999 WHERE role = 'admin'", "refer to nothing"),
        ("UPDATE alembic_version SET version_num = '9999'", "another revision than it says"),
    ],
)
def test_a_database_that_would_do_harm_is_refused(
    harm: str, sentence: str, *, found: Installation, made: Path, before: dict[str, object], tmp_path: Path
) -> None:
    entries, database = entries_of(made), tmp_path / "harm.sqlite"
    database.write_bytes(content_of(entries, DATABASE))
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute(harm)
    path = packed(with_database(entries, database.read_bytes()), tmp_path / "harm.zip")
    with pytest.raises(UserError, match=sentence):
        verify_backup(found, path)
    refused(found, path)
    assert untouched(found, before)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE FUNCTION public.x() RETURNS void LANGUAGE sql AS 'SELECT 1';",
        "DROP TABLE public.person;",
        "COPY public.person FROM PROGRAM 'id';",
        "COPY other.person (id) FROM stdin;",
        "ALTER TABLE other.person ADD x integer;",
        "DO $$ BEGIN END $$;",
        "\\! id;",
        "CREATE TRIGGER x AFTER INSERT ON public.person EXECUTE FUNCTION x();",
        "SELECT pg_read_file('/etc/passwd');",
    ],
)
def test_a_statement_that_no_table_of_ours_needs_is_not_carried_out(statement: str) -> None:
    class Never:
        def execute(self, words: str, **_more: object) -> None:
            raise AssertionError(words)

        copy = execute

    with pytest.raises(UserError, match="would run something by itself"):
        postgresql._carry_out(Never(), statement.encode(), BytesIO(), "public")
