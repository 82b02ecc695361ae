"""PostgreSQL: dumped by the program of its own version, and restored in one transaction beside what is there.

The tables live in one schema. A restore gives that schema another name, makes it anew from the dump, looks at it, and
only then ends its transaction: killed at any point, nothing has happened. A verification does the same and takes it
back, so that nothing is left over and no right to make databases is needed. The statements of a dump go through our
own connection one by one, and only those that the product's own tables need; no shell of the database reads them.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from sqlalchemy import URL, Connection, make_url, text
from sqlalchemy.exc import DBAPIError

from app.backup.examining import rows_of, what_is_wrong
from app.backup.snapshot import Snapshot
from app.db import make_engine, one_at_a_time
from app.errors import UserError
from app.web.schema import refuse_future, revision_of
from app.words import Sentence, say

ASIDE, VERIFYING = "_before_restore", "_verifying"
"""What the live schema is called after a restore, and inside the transaction of a verification."""
DEBIAN = Path("/usr/lib/postgresql")
LOCKS_HAVE = 60
"""Seconds that a backup waits for somebody who locks a whole table, and then ends with a sentence."""
_PIECE = 2**16


class NoProgram(UserError):
    """PostgreSQL's own programs are not installed here, or are older than its server."""


@contextmanager
def snapshot(url: str) -> Iterator[Snapshot]:
    """The database as it is now: counted and dumped as of the same moment."""
    engine = make_engine(url)
    try:
        with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            connection.exec_driver_sql("SET TRANSACTION READ ONLY")
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {LOCKS_HAVE * 1000}")
            schema, revision, rows = _schema_of(connection), revision_of(connection), rows_of(connection)
            moment = connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()
            program = program_for(connection, "pg_dump")
            with tempfile.TemporaryFile() as said:
                words = [program, "--format=custom", "--no-password", f"--schema={schema}", f"--snapshot={moment}"]
                words.append(f"--lock-wait-timeout={LOCKS_HAVE * 1000}")
                dump = subprocess.Popen(  # noqa: S603 -- a program of PostgreSQL, words of ours
                    [*words, f"--dbname={_address(make_url(url))}"],
                    stdout=subprocess.PIPE,
                    stderr=said,
                    env=_with_password(make_url(url)),
                )
                yield from _followed(dump, said, Snapshot("postgresql", schema, revision, rows, _out_of(dump)))
    except DBAPIError as error:
        raise UserError(say("The database cannot be read: {why}.", why=_first_line(error))) from None
    finally:
        engine.dispose()


def program_for(connection: Connection, name: str) -> str:
    """A program of PostgreSQL that is not older than the server: an older one refuses."""
    number = connection.exec_driver_sql("SHOW server_version_num").scalar_one()
    needed = int(number) // 10_000
    found = {major: path for path in reversed(_places_of(name)) if (major := _major_of(path)) and major >= needed}
    if not found:
        raise NoProgram(
            say(
                "There is no {program} here of version {version} or newer, which the database server needs: install "
                "its client programs (on Debian: apt-get install postgresql-client-{version}).",
                program=name,
                version=needed,
            )
        )
    return str(found[min(found)])


def wrong_with(url: str, dump: Path, revision: str, rows: dict[str, int], schema: str) -> list[Sentence]:
    """Everything about a dump that cannot be: it is restored whole, looked at, and taken back."""
    try:
        with _restored(url, dump, schema) as connection:
            return list(_wrong(connection, revision, rows))
    except UserError as refusal:
        return [refusal.sentence]


def put_in_place(url: str, dump: Path, revision: str, rows: dict[str, int], schema: str) -> str | None:
    """Make a dump the database, in one transaction; returns under which name the old schema is kept, if it had tables.

    What an earlier restore kept goes. Raises UserError, and then nothing has changed.
    """
    with _restored(url, dump, schema, alone=True) as connection:
        for sentence in _wrong(connection, revision, rows):
            raise UserError(sentence)
        aside = f"{schema}{ASIDE}"
        kept = connection.scalar(text("SELECT count(*) FROM pg_tables WHERE schemaname = :name"), {"name": aside})
    return aside if kept else None


def refuse_others(url: str) -> None:
    """Raises UserError where anybody else of our name is connected to the database: nodes on other machines, too."""
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            _refuse_others(connection)
    except DBAPIError as error:
        raise UserError(say("The database cannot be read: {why}.", why=_first_line(error))) from None
    finally:
        engine.dispose()


def _refuse_others(connection: Connection) -> None:
    others = connection.exec_driver_sql(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = current_user "
        "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    ).scalar_one()
    if others:
        raise UserError(
            say(
                "The database is in use, connections: {count}. End the product on every machine, and whatever else "
                "uses it. Nothing was changed.",
                count=others,
            )
        )


@contextmanager
def _restored(url: str, dump: Path, schema: str, *, alone: bool = False) -> Iterator[Connection]:
    """A connection in whose transaction the dump is the schema: for good where we are `alone`, else taken back."""
    engine = make_engine(url)
    try:
        with engine.begin() if alone else engine.connect() as connection:
            if alone:
                _refuse_others(connection)
            if _schema_of(connection) != schema:
                raise UserError(say("It is of the schema {schema}, and the database uses another one.", schema=schema))
            one_at_a_time(connection, "restoring")
            quote = connection.dialect.identifier_preparer.quote
            aside = quote(f"{schema}{ASIDE if alone else VERIFYING}")
            connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {aside} CASCADE")
            connection.exec_driver_sql(f"ALTER SCHEMA {quote(schema)} RENAME TO {aside}")
            connection.exec_driver_sql(f"CREATE SCHEMA {quote(schema)}")
            _run(connection, dump, quote(schema))
            connection.exec_driver_sql(f"SET LOCAL search_path TO {quote(schema)}")
            yield connection
    except DBAPIError as error:
        raise UserError(say("The database server refused: {why}.", why=_first_line(error))) from None
    finally:
        engine.dispose()


def _wrong(connection: Connection, revision: str, rows: dict[str, int]) -> Iterator[Sentence]:
    if revision_of(connection) != revision:
        yield say("Its database is at another revision than it says.")
        return
    refuse_future(revision)
    yield from what_is_wrong(connection, rows)


def _run(connection: Connection, dump: Path, schema: str) -> None:
    """Carry out the statements of a dump. Raises UserError for one that the product's tables do not need."""
    program = program_for(connection, "pg_restore")
    with tempfile.TemporaryFile() as said:
        words = [program, "--no-owner", "--no-privileges", "--no-comments", "--file=-", str(dump)]
        script = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=said)  # noqa: S603 -- as above
        driver = connection.connection.cursor()
        with _ended(script, said):
            for statement in _statements(_out_of(script)):
                _carry_out(driver, statement, _out_of(script), schema)


def _statements(script: IO[bytes]) -> Iterator[bytes]:
    """What stands between comments and empty lines. The rows after a COPY are left to whoever carries it out."""
    lines: list[bytes] = []
    for line in iter(script.readline, b""):
        if not lines and (not line.strip() or line.startswith((b"--", b"\\restrict ", b"\\unrestrict "))):
            continue
        lines.append(line)
        if line.rstrip().endswith(b";"):
            yield b"".join(lines)
            lines = []
    if lines:
        yield b"".join(lines)


_NAME = r'(?:"[^"]+"|[a-z_0-9]+)'
_SKIPPED = re.compile(r"CREATE SCHEMA |SET default_table_access_method |SET transaction_timeout ")
_COPY = re.compile(r"COPY (\S+)\.[^;]* FROM stdin;\s*")


def _allowed(schema: str) -> re.Pattern[str]:
    inside = re.escape(schema) + r"\."
    return re.compile(
        rf"SET [a-z_]+ = [^;]*;\s*|SELECT pg_catalog\.set_config\('search_path', '', false\);\s*"
        rf"|SELECT pg_catalog\.setval\('{inside}[^;]*;\s*"
        rf"|(?:CREATE (?:UNLOGGED )?TABLE|ALTER TABLE(?: ONLY)?|CREATE SEQUENCE|ALTER SEQUENCE) {inside}.*"
        rf"|CREATE (?:UNIQUE )?INDEX {_NAME} ON {inside}.*",
        re.DOTALL,
    )


def _carry_out(driver: Any, statement: bytes, script: IO[bytes], schema: str) -> None:  # noqa: ANN401 -- the driver's
    words = statement.decode()
    if _SKIPPED.match(words):
        return
    copied = _COPY.fullmatch(words)
    if copied and copied[1] == schema:
        with driver.copy(words) as into:
            for row in iter(script.readline, b"\\.\n"):
                if not row:
                    raise UserError(say("Its database is damaged."))
                into.write(row)
    elif _allowed(schema).fullmatch(words):
        driver.execute(words, binary=True)  # the protocol for one statement: a second one after it is refused
    else:
        raise UserError(say("Its database would run something by itself."))


@contextmanager
def _ended(program: subprocess.Popen[bytes], said: IO[bytes]) -> Iterator[None]:
    """Raises UserError where a program ends with a complaint; ends it where the block does not need it any more."""
    try:
        yield
    except BaseException:
        program.kill()
        program.wait()
        raise
    finally:
        if program.stdout is not None:
            program.stdout.close()
    if program.wait():
        said.seek(0)
        why = said.read().decode(errors="replace").strip().splitlines()
        raise UserError(say("The database cannot be read: {why}.", why=why[-1] if why else program.returncode))


def _followed(program: subprocess.Popen[bytes], said: IO[bytes], found: Snapshot) -> Iterator[Snapshot]:
    with _ended(program, said):
        yield found


def _out_of(program: subprocess.Popen[bytes]) -> IO[bytes]:
    if program.stdout is None:
        raise RuntimeError("a program without a pipe")
    return program.stdout


def _schema_of(connection: Connection) -> str:
    schema = connection.exec_driver_sql("SELECT current_schema()").scalar()
    if schema is None:
        raise UserError(say("There are no tables in the database yet."))
    return str(schema)


def _places_of(name: str) -> list[Path]:
    """Where a program of PostgreSQL may be, what is on the path first."""
    found = shutil.which(name)
    return [*([Path(found)] if found else []), *sorted(DEBIAN.glob(f"*/bin/{name}"))]


def _major_of(path: Path) -> int | None:
    with suppress(OSError, subprocess.SubprocessError):
        told = subprocess.run([str(path), "--version"], capture_output=True, text=True, check=True, timeout=20).stdout  # noqa: S603 -- as above
        number = re.search(r"(\d+)\.?\d*\S*(?: |$)", told.partition(")")[2].strip())
        return int(number[1]) if number else None
    return None


def _address(url: URL) -> str:
    """How a program finds the database; without the password, which everybody could read in the list of processes."""
    from psycopg.conninfo import make_conninfo  # noqa: PLC0415 -- installed only where PostgreSQL is used

    named = {"host": url.host, "port": url.port, "user": url.username, "dbname": url.database, **url.query}
    words: dict[str, Any] = {key: value for key, value in named.items() if value is not None and key != "password"}
    return make_conninfo(**words)


def _with_password(url: URL) -> dict[str, str]:
    password = url.password or url.query.get("password")
    return {**os.environ, **({"PGPASSWORD": str(password)} if password else {})}


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).strip().partition("\n")[0].removesuffix(".")
