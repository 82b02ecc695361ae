"""Demo people: in an empty database only, with passwords that work and a file for one pair of eyes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from flask.testing import FlaskClient

from app.accounts.models import Person
from app.accounts.queries import everybody
from app.db import Database
from app.demo.people import demo_organisation, write_demo_accounts
from tests.accounts.test_sign_in import sign_in
from tests.conftest import NOW


def test_demo_people_come_with_roles_and_departments(database: Database, tmp_path: Path) -> None:
    write_demo_accounts(database, tmp_path, now=NOW)
    with database.reading() as db:
        rows = everybody(db)
    assert {(row.number, row.display_name, row.department, frozenset(row.roles)) for row in rows} == {
        (each.number, each.name, each.department.split(" / ")[-1], frozenset(each.roles))
        for each in demo_organisation().people
    }


def test_the_file_holds_passwords_that_work_and_is_private(
    database: Database, client: FlaskClient, tmp_path: Path
) -> None:
    (tmp_path / "demo-accounts.txt").touch(mode=0o644)
    accounts = write_demo_accounts(database, tmp_path, now=NOW)
    path = tmp_path / "demo-accounts.txt"
    assert path.stat().st_mode & 0o777 == 0o600
    lines = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
    assert [(line[0], line[1]) for line in lines] == [(each.person.number, each.password) for each in accounts]
    assert sign_in(client, lines[1][0], lines[1][1]).location == "/"


def test_two_starts_at_once_make_them_once(database: Database, tmp_path: Path) -> None:
    together = Barrier(2)

    def start(node: int) -> int:
        (tmp_path / str(node)).mkdir()
        together.wait()
        return len(write_demo_accounts(database, tmp_path / str(node), now=NOW))

    with ThreadPoolExecutor(2) as nodes:
        assert sorted(nodes.map(start, range(2))) == [0, len(demo_organisation().people)]


def test_a_database_with_people_gets_none(database: Database, bob: Person, tmp_path: Path) -> None:
    assert write_demo_accounts(database, tmp_path, now=NOW) == ()
    assert not (tmp_path / "demo-accounts.txt").exists()
