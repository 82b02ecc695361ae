from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from app.files import FileStore, NoRoom, free_bytes, write_whole


def test_what_is_kept_comes_back_by_its_hash(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    key = store.keep(b"ring")

    assert (key, store.content(key), key in store) == (sha256(b"ring").hexdigest(), b"ring", True)
    assert [str(path.relative_to(tmp_path)) for path in tmp_path.glob("*/*")] == [f"{key[:2]}/{key}"]


def test_the_same_bytes_are_kept_once(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    first = store.keep(b"ring")
    written = (tmp_path / first[:2] / first).stat().st_mtime_ns

    assert store.keep(b"ring") == first
    assert (tmp_path / first[:2] / first).stat().st_mtime_ns == written


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "a" * 63, "A" * 64, "0" * 64, "0" * 64 + "\n"])
def test_what_is_no_key_or_not_kept_is_not_found(tmp_path: Path, key: str) -> None:
    store = FileStore(tmp_path)

    assert key not in store
    with pytest.raises(FileNotFoundError):
        store.content(key)


def test_a_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()

    with pytest.raises(OSError, match="taken"):
        write_whole(tmp_path / "taken", b"content")

    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_files_leave_room_for_answers(tmp_path: Path) -> None:
    kept = FileStore(tmp_path).keep(b"ring")
    scarce = FileStore(tmp_path, least_free=10**18)

    with pytest.raises(NoRoom, match="nearly full"):
        scarce.keep(b"another")
    assert scarce.keep(b"ring") == kept  # nothing is written for what is there


def test_the_room_of_a_folder_that_is_not_there_yet_is_that_above_it(tmp_path: Path) -> None:
    assert free_bytes(tmp_path / "none" / "yet") > 0
