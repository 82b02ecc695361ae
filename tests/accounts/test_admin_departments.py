"""The tree of departments: what stands where, and what cannot be."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.actions import add_person, department_named
from app.accounts.departments import (
    DEEPEST,
    add_department,
    at_or_below,
    change_department,
    department_tree,
    find_or_add_department,
    remove_department,
)
from app.accounts.models import Audit, Department, Person
from app.db import Database
from app.errors import Mistyped, NotAllowed, NotFound, UserError
from tests.conftest import NOW, CreatePerson, statements_of, token_of


def plant(db: Session, *paths: str) -> list[Department]:
    return [find_or_add_department(db, path, by=None, now=NOW) for path in paths]


def shape(db: Session) -> list[tuple[str, int, int]]:
    return [(row.path, row.depth, row.people) for row in department_tree(db)]


def test_people_are_counted_with_those_below(db: Session) -> None:
    (city,) = plant(db, "East/Shanghai/Pudong")
    plant(db, "East/Nanjing", "West")
    add_person(db, "1", "One", by=None, now=NOW, department=city)
    add_person(db, "2", "Two", by=None, now=NOW, department=find_or_add_department(db, "East", by=None, now=NOW))
    assert shape(db) == [
        ("East", 0, 2),
        ("East / Nanjing", 1, 0),
        ("East / Shanghai", 1, 1),
        ("East / Shanghai / Pudong", 2, 1),
        ("West", 0, 0),
    ]
    assert [row.path for row in department_tree(db) if row.empty] == ["East / Nanjing", "West"]


def test_a_path_is_made_once(db: Session) -> None:
    first, second = plant(db, "华东大区/上海", " 华东大区 ＞ 上海 ")
    assert first is second
    assert [row.action for row in db.scalars(select(Audit))] == ["department-added"] * 2


def test_capitals_make_no_second_department_of_a_path(db: Session) -> None:
    east, city = plant(db, "East", "EAST/Shanghai")
    assert city.parent_id == east.id


def test_below_means_itself_and_everything_under_it(db: Session) -> None:
    east, shanghai, pudong, _ = plant(db, "East", "East/Shanghai", "East/Shanghai/Pudong", "West")
    tree = department_tree(db)
    assert at_or_below(tree, east.id) == {east.id, shanghai.id, pudong.id}
    assert at_or_below(tree, pudong.id) == {pudong.id}


@pytest.mark.parametrize("name", ["", "  ", "a/b", "a＞b", "x" * 201, "a\0b", "a\u2028b".replace("a", "\x07"), "EAST"])
def test_a_name_that_cannot_be_is_refused(db: Session, name: str) -> None:
    plant(db, "East")
    with pytest.raises(Mistyped) as refused:
        add_department(db, name, None, by=None, now=NOW)
    assert refused.value.field == "name"


def test_no_department_is_moved_into_itself(db: Session) -> None:
    east, city = plant(db, "East", "East/Shanghai")
    for parent in (east, city):
        with pytest.raises(Mistyped):
            change_department(db, east.id, "East", parent_id=parent.id, by=None, now=NOW)


def test_moving_takes_along_what_is_below(db: Session) -> None:
    east, _, west = plant(db, "East", "East/Shanghai", "West")
    change_department(db, east.id, "Far East", parent_id=west.id, by=None, now=NOW)
    assert [row.path for row in department_tree(db)] == ["West", "West / Far East", "West / Far East / Shanghai"]


def test_the_tree_has_a_depth(db: Session) -> None:
    names = [f"L{level}" for level in range(DEEPEST)]
    (deepest,) = plant(db, "/".join(names))
    with pytest.raises(Mistyped):
        add_department(db, "one more", deepest, by=None, now=NOW)
    (pair, _) = plant(db, "Pair", "Pair/Inner")
    with pytest.raises(Mistyped):
        change_department(db, pair.id, "Pair", parent_id=deepest.parent_id, by=None, now=NOW)


def test_only_what_is_empty_is_removed(db: Session) -> None:
    east, city = plant(db, "East", "East/Shanghai")
    somebody = add_person(db, "1", "One", by=None, now=NOW, department=city)
    for department in (east, city):
        with pytest.raises(UserError):
            remove_department(db, department.id, by=None, now=NOW)
    somebody.department_id = None
    db.flush()
    remove_department(db, city.id, by=None, now=NOW)
    remove_department(db, east.id, by=None, now=NOW)
    assert department_tree(db) == ()


def test_only_admins_change_the_tree(db: Session, ada: Person, hana: Person) -> None:
    department = add_department(db, "East", None, by=ada.id, now=NOW)
    with pytest.raises(NotAllowed):
        add_department(db, "West", None, by=hana.id, now=NOW)
    with pytest.raises(NotAllowed):
        change_department(db, department.id, "West", parent_id=None, by=hana.id, now=NOW)
    with pytest.raises(NotAllowed):
        remove_department(db, department.id, by=hana.id, now=NOW)
    with pytest.raises(NotFound):
        remove_department(db, department.id + 1, by=ada.id, now=NOW)


def test_a_larger_tree_takes_as_many_statements(database: Database) -> None:
    counts = []
    for paths in (("A/B",), ("C/D/E", "C/F", "G/H")):
        with database.transaction() as db:
            plant(db, *paths)
        with database.reading() as db, statements_of(database) as seen:
            department_tree(db)
        counts.append(len(seen))
    assert counts == [2, 2]


def test_the_pages_add_change_and_remove(client_of: Callable[[Person], FlaskClient], ada: Person) -> None:
    client = client_of(ada)

    def send(path: str, **typed: str) -> tuple[int, str]:
        response = client.post(path, data={"csrf_token": token_of(client), **typed})
        return response.status_code, response.text

    assert "还没有部门" in client.get("/admin/departments").text
    assert send("/admin/departments", name="华东")[0] == 303
    assert send("/admin/departments", name="上海", parent="1")[0] == 303
    status, page = send("/admin/departments", name="上海", parent="1")
    assert (status, "同一级已经有部门“上海”了" in page, 'value="上海"' in page) == (422, True, True)
    assert send("/admin/departments", name="x", parent="99")[0] == 422
    assert send("/admin/departments/1", name="华东", parent="2")[0] == 422
    assert send("/admin/departments/2", name="上海市", parent="")[0] == 303
    assert "上海市" in client.get("/admin/departments").text
    assert send("/admin/departments/2/remove")[0] == 303
    assert client.get("/admin/departments/2").status_code == 404
    assert client.get(f"/admin/departments/{2**70}").status_code == 404


def test_the_page_of_a_full_department_says_why_it_stays(
    client_of: Callable[[Person], FlaskClient], ada: Person, database: Database, create_person: CreatePerson
) -> None:
    with database.transaction() as db:
        add_person(db, "1", "One", by=None, now=NOW, department=department_named(db, "East"))
    client = client_of(ada)
    response = client.post("/admin/departments/1/remove", data={"csrf_token": token_of(client)})
    assert (response.status_code, "East里还有人" in response.text) == (422, True)
