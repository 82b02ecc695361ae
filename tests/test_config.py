"""Settings: what is taken, what is made, and what is refused with a sentence."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.words import in_words
from config import PROJECT, RefusedConfig, TestConfig, load_config

KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("HOST", "PORT", "DATABASE_URL", "SECRET_KEY", "FLASK_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("INSTANCE_PATH", str(tmp_path / "instance"))


def refusal(tmp_path: Path) -> str:
    with pytest.raises(RefusedConfig) as refused:
        load_config(tmp_path / ".env")
    return in_words(refused.value.sentence, "en")


def test_nothing_given_makes_a_private_installation_for_one_machine(tmp_path: Path) -> None:
    config = load_config(tmp_path / ".env")
    instance = tmp_path / "instance"
    assert (config.HOST, config.PORT, config.PUBLIC_URL) == ("127.0.0.1", 8000, "http://127.0.0.1:8000")
    assert f"sqlite:///{instance}/coursewright.sqlite" == config.DATABASE_URL
    assert (config.DEMO, config.PROXIES) == (True, 0)
    kept = (instance / "secret-key").read_text(encoding="ascii")
    assert kept == config.SECRET_KEY
    assert (len(config.SECRET_KEY), (instance / "secret-key").stat().st_mode & 0o777) == (64, 0o600)
    assert load_config(tmp_path / ".env") == config


def test_a_key_that_is_given_is_kept_nowhere_and_means_no_demo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SECRET_KEY", KEY)
    config = load_config(tmp_path / ".env")
    assert (config.SECRET_KEY, config.DEMO, list((tmp_path / "instance").iterdir())) == (KEY, False, [])
    monkeypatch.setenv("COURSEWRIGHT_DEMO", "1")
    assert load_config(tmp_path / ".env").DEMO


def test_a_file_gives_settings_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text(f"PORT=9000\nHOST=::1\nSECRET_KEY={KEY}\nCOURSEWRIGHT_PROXIES=1\n", encoding="utf-8")
    monkeypatch.setenv("PORT", "9001")
    config = load_config(env_file)
    assert (config.PORT, config.PUBLIC_URL, config.PROXIES, config.DEMO) == (9001, "http://[::1]:9001", 1, False)


def test_an_empty_setting_counts_as_not_given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SECRET_KEY", "")
    monkeypatch.setenv("PORT", "")
    assert (load_config(tmp_path / ".env").PORT, load_config(tmp_path / ".env").DEMO) == (8000, True)


@pytest.mark.parametrize("given", ["postgres://u@h/d", "postgresql://u@h/d", "postgresql+psycopg://u@h/d"])
def test_any_name_of_postgresql_is_understood(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, given: str) -> None:
    monkeypatch.setenv("DATABASE_URL", given)
    monkeypatch.setenv("SECRET_KEY", KEY)
    assert load_config(tmp_path / ".env").DATABASE_URL == "postgresql+psycopg://u@h/d"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("COURSEWRIGHT_DEMOS", "1", "There is no setting COURSEWRIGHT_DEMOS. The nearest is COURSEWRIGHT_DEMO."),
        ("coursewright_proxy", "1", "There is no setting coursewright_proxy. The nearest is COURSEWRIGHT_PROXIES."),
        ("PORT", "eighty", "The setting PORT has a value that cannot be used."),
        ("PORT", "70000", "The setting PORT has a value that cannot be used."),
        ("COURSEWRIGHT_PROXIES", "-1", "The setting COURSEWRIGHT_PROXIES has a value that cannot be used."),
        ("SECRET_KEY", "short", "SECRET_KEY can be guessed."),
        ("SECRET_KEY", "a" * 64, "SECRET_KEY can be guessed."),
        ("SECRET_KEY", "please-changeme-before-production-0123", "SECRET_KEY can be guessed."),
        ("DATABASE_URL", "mysql://u@h/d", "DATABASE_URL must begin with sqlite:///"),
        ("DATABASE_URL", "sqlite://", "DATABASE_URL must begin with sqlite:///"),
        ("COURSEWRIGHT_PUBLIC_URL", "training.example.com", "COURSEWRIGHT_PUBLIC_URL must be an address"),
        ("COURSEWRIGHT_SMTP_URL", "mail.example.com:587", "COURSEWRIGHT_SMTP_URL must be like smtp://"),
        ("COURSEWRIGHT_SMTP_URL", "smtp://u:hush-hush@", "COURSEWRIGHT_SMTP_URL must be like smtp://"),
        ("COURSEWRIGHT_REDIS_URL", "redis.example.com:6379", "COURSEWRIGHT_REDIS_URL must be like redis://"),
        ("COURSEWRIGHT_REDIS_URL", "http://:hush-hush@h:6379/0", "COURSEWRIGHT_REDIS_URL must be like redis://"),
        ("COURSEWRIGHT_REDIS_URL", "redis://:hush-hush@h:70000/0", "COURSEWRIGHT_REDIS_URL must be like redis://"),
        ("COURSEWRIGHT_REDIS_URL", "redis://:hush-hush@h:6379/first", "COURSEWRIGHT_REDIS_URL must be like redis://"),
        ("COURSEWRIGHT_REDIS_URL", "redis://:hush-hush@127.0.0.1:6379/0", "Give SECRET_KEY:"),
        ("DATABASE_URL", "postgresql://u:hush-hush@database.example.com/d", "Give SECRET_KEY:"),
        ("INSTANCE_PATH", "/proc/nowhere", "The folder /proc/nowhere cannot be written to."),
    ],
)
def test_what_cannot_be_used_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(name, value)
    assert refusal(tmp_path).startswith(says)
    assert "hush" not in refusal(tmp_path)


def test_postgresql_without_its_driver_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.setenv("DATABASE_URL", "postgresql://u@h/d")
    assert refusal(tmp_path) == (
        "PostgreSQL needs its driver: run `.venv/bin/pip install -r requirements-postgresql.txt` first."
    )


def test_redis_is_taken_where_its_driver_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SECRET_KEY", KEY)
    assert load_config(tmp_path / ".env").REDIS_URL == ""
    for given in ("redis://:hush-hush@h:6379/0", "rediss://user:hush-hush@h", "redis://127.0.0.1:6379"):
        monkeypatch.setenv("COURSEWRIGHT_REDIS_URL", given)
        config = load_config(tmp_path / ".env")
        assert (given, "hush" in repr(config)) == (config.REDIS_URL, False)
    monkeypatch.setitem(sys.modules, "redis", None)
    assert refusal(tmp_path) == ("Redis needs its driver: run `.venv/bin/pip install -r requirements-redis.txt` first.")


@pytest.mark.parametrize("here", ["postgresql://u@localhost/d", "postgresql://u@127.0.0.1/d", "postgresql:///d"])
def test_a_database_on_this_machine_needs_no_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, here: str) -> None:
    monkeypatch.setenv("DATABASE_URL", here)
    assert len(load_config(tmp_path / ".env").SECRET_KEY) == 64


def test_debugging_in_public_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FLASK_DEBUG", "1")
    assert load_config(tmp_path / ".env").PORT == 8000
    monkeypatch.setenv("COURSEWRIGHT_PUBLIC_URL", "https://training.example.com")
    assert refusal(tmp_path).startswith("FLASK_DEBUG")


def test_a_guessable_key_in_the_instance_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "instance").mkdir()
    (tmp_path / "instance" / "secret-key").write_text("a" * 64, encoding="ascii")
    assert refusal(tmp_path).startswith("SECRET_KEY can be guessed.")


@pytest.mark.parametrize(("language", "begins"), [("zh_CN.UTF-8", "没有 COURSEWRIGHT_X"), ("C.UTF-8", "There is no")])
def test_a_refusal_is_one_sentence_and_exit_code_2(language: str, begins: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", "import config; config.config_or_exit()"],
        env={**os.environ, "COURSEWRIGHT_X": "1", "LC_ALL": language, "PYTHONUTF8": "1"},
        cwd=PROJECT,
        capture_output=True,
        check=False,
        text=True,
        encoding="utf-8",
    )
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
    assert ended.stderr.startswith(begins)


def test_tests_run_with_a_key_of_their_own(tmp_path: Path) -> None:
    config = TestConfig(INSTANCE_PATH=tmp_path, DATABASE_URL="sqlite:///x")
    assert (config.TESTING, config.DEMO, len(config.SECRET_KEY)) == (True, False, 64)


@pytest.mark.parametrize("rest", ["x.sqlite?nolock=1&uri=true", "x.sqlite?synchronous=off", "file:x.sqlite"])
def test_a_sqlite_address_turns_nothing_off(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, rest: str) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{rest}")
    assert "with nothing behind it" in refusal(tmp_path)


def test_a_postgresql_address_that_cannot_be_read_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for port in ("x", "999999"):
        monkeypatch.setenv("DATABASE_URL", f"postgresql://me:geheim@host:{port}/name")
        said = refusal(tmp_path)
        assert ("DATABASE_URL must be like" in said, "geheim" in said) == (True, False)


@pytest.mark.parametrize("content", [b"", b"\xcc\x00 not text", None])
def test_a_key_that_was_damaged_is_told_with_a_way_out(tmp_path: Path, content: bytes | None) -> None:
    kept = tmp_path / "instance" / "secret-key"
    kept.parent.mkdir()
    kept.mkdir() if content is None else kept.write_bytes(content)
    assert f"no usable key in {kept}" in refusal(tmp_path)


def test_a_new_key_is_on_the_disk_before_it_signs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    synced: list[int] = []
    monkeypatch.setattr("config.os.fsync", lambda descriptor: synced.append(os.fstat(descriptor).st_size))
    load_config(tmp_path / ".env")
    assert synced[:1] == [64]


def test_a_key_that_cannot_be_written_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("config.os.fsync", full)
    assert refusal(tmp_path).endswith("secret-key: No space left on device.")
    assert list((tmp_path / "instance").iterdir()) == []
