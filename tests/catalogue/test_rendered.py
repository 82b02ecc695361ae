from __future__ import annotations

import os
from pathlib import Path
from threading import Barrier, Thread

import pytest

from app.catalogue.rendered import Folder, Recent, cache_key, digest_of_sources, renderer_version


def test_what_is_kept_is_made_once() -> None:
    made: list[str] = []
    recent: Recent[str] = Recent(2)

    assert [recent.get("a", lambda: made.append("a") or "A") for _ in range(3)] == ["A", "A", "A"]  # type: ignore[func-returns-value]
    assert made == ["a"]


def test_the_value_not_used_for_longest_goes_first() -> None:
    recent: Recent[str] = Recent(2)
    for key in ("a", "b", "a", "c"):
        recent.get(key, lambda key=key: key.upper())  # type: ignore[misc]

    assert recent.get("a", lambda: "made again") == "A"
    assert recent.get("b", lambda: "made again") == "made again"


def test_threads_that_ask_at_once_share_one_making() -> None:
    made: list[int] = []
    found: list[int] = []
    recent: Recent[int] = Recent(2)
    together = Barrier(4)

    def ask() -> None:
        together.wait()
        found.append(recent.get("k", lambda: made.append(1) or len(made)))  # type: ignore[func-returns-value]

    threads = [Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (found, made) == ([1, 1, 1, 1], [1])


def test_what_could_not_be_made_is_tried_again() -> None:
    recent: Recent[str] = Recent(2)

    with pytest.raises(ZeroDivisionError):
        recent.get("a", lambda: str(1 // 0))

    assert recent.get("a", lambda: "A") == "A"


def test_a_folder_gives_back_what_was_made_before(tmp_path: Path) -> None:
    assert Folder(tmp_path).get("abcd", lambda: b"first") == b"first"
    assert Folder(tmp_path).get("abcd", lambda: b"second") == b"first"


def test_a_full_folder_loses_its_oldest_files(tmp_path: Path) -> None:
    folder = Folder(tmp_path, megabytes=1)
    folder.get("aaaa", lambda: b"a" * 600_000)
    os.utime(tmp_path / "aa" / "aaaa", (1, 1))
    folder.get("bbbb", lambda: b"b" * 600_000)

    assert sorted(path.name for path in tmp_path.glob("*/*")) == ["bbbb"]


def test_keys_differ_where_anything_differs() -> None:
    assert cache_key("a", 1) == cache_key("a", 1)
    assert len({cache_key("a", 1), cache_key("a", 2), cache_key("a1"), cache_key("a", "1")}) == 4


def test_the_renderers_have_a_version() -> None:
    assert (len(renderer_version()), renderer_version()) == (12, renderer_version())


@pytest.mark.parametrize(
    "file",
    [
        "app/words.py",
        "app/web/typography.py",
        "app/web/layout/macros.html",
        "app/documents/pdf/pen.py",
        "app/documents/blocks.html",
        "app/documents/fonts/NotoSansSC-Regular.ttf",
        "translations/zh_CN/plans.po",
        "requirements.txt",
        "package-lock.json",
    ],
)
def test_an_upgrade_of_anything_that_draws_makes_another_version(tmp_path: Path, file: str) -> None:
    assert (Path(__file__).parents[2] / file).is_file()
    before = digest_of_sources(tmp_path)
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_bytes(b"first")
    first = digest_of_sources(tmp_path)
    (tmp_path / file).write_bytes(b"later")

    assert len({before, first, digest_of_sources(tmp_path)}) == 3


@pytest.mark.parametrize("damage", [b"", b"%PDF-1.7", b"x" * 100])
def test_a_damaged_file_is_made_again(tmp_path: Path, damage: bytes) -> None:
    folder = Folder(tmp_path)
    folder.get("abcd", lambda: b"first")
    (tmp_path / "ab" / "abcd").write_bytes(damage)

    assert folder.get("abcd", lambda: b"second") == b"second"
    assert folder.get("abcd", lambda: b"third") == b"second"


def test_a_folder_that_cannot_be_written_keeps_nobody_waiting(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")

    assert Folder(tmp_path / "cache").get("abcd", lambda: b"made") == b"made"
    assert "a rendering could not be kept" in caplog.text
