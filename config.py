"""The settings of an installation: read from the environment or `.env`, checked once, and values from then on."""

from __future__ import annotations

import difflib
import os
import secrets
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from app.mail import server_at
from app.words import Language, Sentence, in_words, say

PROJECT = Path(__file__).parent
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
LEAST_KEY = 32
"""Characters of a SECRET_KEY; what we make ourselves has 64 of a hexadecimal 256-bit number."""
KNOWN_KEYS = ("changeme", "change-me", "change_me", "your-secret", "secret-key", "secretkey", "insecure", "example")


@dataclass(frozen=True)
class Config:
    """What the application is told. Upper case, because Flask keeps them so."""

    INSTANCE_PATH: Path
    DATABASE_URL: str
    SECRET_KEY: str
    HOST: str = "127.0.0.1"
    PORT: int = 8000
    PUBLIC_URL: str = "http://127.0.0.1:8000"
    """The address people type: it decides about secure cookies."""
    PROXIES: int = 0
    """How many proxies of ours stand in front and may be believed about the caller's address."""
    DEMO: bool = False
    """Whether an empty database gets demo people."""
    SMTP_URL: str = field(default="", repr=False)
    """The server that mail goes through, with its password; empty: none."""
    REDIS_URL: str = field(default="", repr=False)
    """What several nodes share and may lose, with its password; empty: there is one machine."""
    TESTING: bool = False


@dataclass(frozen=True)
class TestConfig(Config):
    """An installation for tests: its own folder, everything else as in production."""

    __test__ = False  # not a test class, whatever its name says
    SECRET_KEY: str = "0123456789abcdef" * 4
    TESTING: bool = True


class RefusedConfig(ValueError):
    """A setting that cannot be used; the sentence says which and what to do."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(in_words(sentence, "en"))
        self.sentence = sentence


class Environment(BaseSettings):
    """The settings as they are given. An empty one counts as not given."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", env_file_encoding="utf-8")

    HOST: str = "127.0.0.1"
    PORT: int = Field(8000, ge=1, le=65535)
    DATABASE_URL: str = ""
    SECRET_KEY: str = ""
    INSTANCE_PATH: Path = PROJECT / "instance"
    COURSEWRIGHT_DEMO: bool | None = None
    COURSEWRIGHT_PUBLIC_URL: str = ""
    COURSEWRIGHT_PROXIES: int = Field(0, ge=0, le=8)
    COURSEWRIGHT_SMTP_URL: str = ""
    COURSEWRIGHT_REDIS_URL: str = ""


def load_config(env_file: Path = PROJECT / ".env") -> Config:
    """The settings of this installation. Raises RefusedConfig; makes the instance folder and its key when missing."""
    _refuse_unknown({**dotenv_values(env_file), **os.environ})
    try:
        given = Environment(_env_file=env_file)
    except ValidationError as refused:
        names = ", ".join(str(error["loc"][0]) for error in refused.errors())
        raise RefusedConfig(say("The setting {names} has a value that cannot be used.", names=names)) from None
    instance = given.INSTANCE_PATH.absolute()
    _make_folder(instance)
    public_url = given.COURSEWRIGHT_PUBLIC_URL or _address(given.HOST, given.PORT)
    _refuse_public_url(public_url)
    _refuse_smtp_url(given.COURSEWRIGHT_SMTP_URL)
    _refuse_redis_url(given.COURSEWRIGHT_REDIS_URL)
    database_url = checked_database_url(given.DATABASE_URL, instance)
    if not given.SECRET_KEY:
        _refuse_several_keys(database_url, given.COURSEWRIGHT_REDIS_URL, instance)
    return Config(
        INSTANCE_PATH=instance,
        DATABASE_URL=database_url,
        SECRET_KEY=_checked(given.SECRET_KEY) if given.SECRET_KEY else _kept_key(instance / "secret-key"),
        HOST=given.HOST,
        PORT=given.PORT,
        PUBLIC_URL=public_url.rstrip("/"),
        PROXIES=given.COURSEWRIGHT_PROXIES,
        DEMO=not given.SECRET_KEY if given.COURSEWRIGHT_DEMO is None else given.COURSEWRIGHT_DEMO,
        SMTP_URL=given.COURSEWRIGHT_SMTP_URL,
        REDIS_URL=given.COURSEWRIGHT_REDIS_URL,
    )


def config_or_exit() -> Config:
    """The settings, or one sentence on stderr and exit code 2."""
    try:
        return load_config()
    except RefusedConfig as refused:
        stop(refused.sentence)


def stop(sentence: Sentence) -> NoReturn:
    """End the program with a sentence for whoever started it."""
    sys.stderr.write(in_words(sentence, terminal_language()) + "\n")
    sys.exit(2)


def terminal_language() -> Language:
    """The language of whoever sits at the terminal."""
    asked = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return "zh-CN" if asked.startswith("zh") else "en"


def is_loopback(url: str) -> bool:
    """Whether an address can be reached from this machine only."""
    return urlsplit(url).hostname in LOOPBACK


def _refuse_unknown(names: Mapping[str, str | None]) -> None:
    known = sorted(name for name in Environment.model_fields if name.startswith("COURSEWRIGHT_"))
    for name in sorted(names):
        if name.upper().startswith("COURSEWRIGHT_") and name.upper() not in known:
            nearest = difflib.get_close_matches(name.upper(), known, n=1, cutoff=0) or known
            raise RefusedConfig(
                say("There is no setting {name}. The nearest is {nearest}.", name=name, nearest=nearest[0])
            )


def _make_folder(instance: Path) -> None:
    try:
        instance.mkdir(mode=0o700, parents=True, exist_ok=True)
        writable = os.access(instance, os.W_OK | os.X_OK)
    except OSError:
        writable = False
    if not writable:
        raise RefusedConfig(
            say("The folder {folder} cannot be written to. Set INSTANCE_PATH to one that can.", folder=instance)
        )


def checked_database_url(url: str, instance: Path) -> str:
    """The address with its driver; a file of the instance folder where none is given. Raises RefusedConfig."""
    scheme, _, rest = url.partition("://")
    match scheme:
        case "":
            return f"sqlite:///{instance / 'coursewright.sqlite'}"
        case "sqlite" if rest.strip("/") and ":memory:" not in rest:
            # What can be added there turns off locks and syncs, or names another file to us than to SQLite.
            if "?" in rest or rest.lstrip("/").startswith("file:"):
                raise RefusedConfig(say("DATABASE_URL is sqlite:/// and the path of a file, with nothing behind it."))
            return url
        case "postgres" | "postgresql" | "postgresql+psycopg":
            _refuse_without_driver()
            return _well_formed(f"postgresql+psycopg://{rest}")
        case _:
            raise RefusedConfig(say("DATABASE_URL must begin with sqlite:/// and a file, or with postgresql://."))


def _well_formed(url: str) -> str:
    """Without repeating any of it where it is not: there is a password inside."""
    try:
        make_url(url)
        urlsplit(url).port  # noqa: B018 -- raises where it is none
    except (ArgumentError, ValueError):
        raise RefusedConfig(
            say(
                "DATABASE_URL must be like postgresql://user:password@host:5432/name. In user and password, write %40 "
                "for @, %3A for : and %2F for /."
            )
        ) from None
    return url


def _refuse_without_driver() -> None:
    if find_spec("psycopg") is None:
        raise RefusedConfig(
            say("PostgreSQL needs its driver: run `.venv/bin/pip install -r requirements-postgresql.txt` first.")
        )


def _refuse_redis_url(url: str) -> None:
    """Without repeating any of it, as for mail."""
    if not url:
        return
    parts = urlsplit(url)
    try:
        usable = parts.scheme in {"redis", "rediss"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not (parts.path.strip("/") or "0").isdecimal():
        raise RefusedConfig(say("COURSEWRIGHT_REDIS_URL must be like redis://:password@redis.example.com:6379/0."))
    if find_spec("redis") is None:
        raise RefusedConfig(say("Redis needs its driver: run `.venv/bin/pip install -r requirements-redis.txt` first."))


def _refuse_several_keys(database_url: str, redis_url: str, instance: Path) -> None:
    """A key that is made here fits one machine; what is shared with other machines is signed by all of them."""
    host = urlsplit(database_url).hostname
    if redis_url or (host and host not in LOOPBACK):
        raise RefusedConfig(
            say(
                "Give SECRET_KEY: what other machines share needs one key for all of them. Up to now this one signed "
                "with what is in {file}, if that is there.",
                file=instance / "secret-key",
            )
        )


def _refuse_public_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/"):
        raise RefusedConfig(say("COURSEWRIGHT_PUBLIC_URL must be an address like https://training.example.com."))
    if os.environ.get("FLASK_DEBUG", "0") not in {"", "0", "false"} and not is_loopback(url):
        raise RefusedConfig(say("FLASK_DEBUG shows the inside of the program to everyone: leave it out on a server."))


def _refuse_smtp_url(url: str) -> None:
    """Without repeating any of it: there is a password inside."""
    try:
        if url:
            server_at(url)
    except ValueError:
        raise RefusedConfig(
            say(
                "COURSEWRIGHT_SMTP_URL must be like smtp://user:password@mail.example.com:587, or smtps:// with port "
                "465. In user and password, write %40 for @, %3A for : and %2F for /."
            )
        ) from None


def _address(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _checked(key: str) -> str:
    if len(key) < LEAST_KEY or len(set(key)) < 8 or any(known in key.lower() for known in KNOWN_KEYS):
        raise RefusedConfig(
            say(
                "SECRET_KEY can be guessed. Give {least} random characters or more, or leave it out: one is made.",
                least=LEAST_KEY,
            )
        )
    return key


def _kept_key(path: Path) -> str:
    """The key of this installation, made whole at the first start; of several first starts at once one makes it."""
    try:
        if not path.exists():
            _make_key(path)
    except OSError as error:
        raise RefusedConfig(say("The disk refused: {why}.", why=f"{path}: {error.strerror}")) from None
    try:
        key = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        key = ""
    if len(key) < LEAST_KEY:
        raise RefusedConfig(
            say(
                "There is no usable key in {file}. Bring that file back from a copy, or remove it: another key is "
                "made, and everybody signs in once more.",
                file=path,
            )
        )
    return _checked(key)


def _make_key(path: Path) -> None:
    draft = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())  # else a power cut leaves a key of nothing, and what it signed is lost
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
