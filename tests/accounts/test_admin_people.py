"""People as administrators find, change and let them in."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.accounts.actions import add_person, deactivate_person, grant_role
from app.accounts.administration import ChangedMeanwhile, add_described_person, change_person, change_roles
from app.accounts.departments import find_or_add_department
from app.accounts.models import Audit, Person, SignIn
from app.accounts.people import NO_ROLE, PER_PAGE, PersonFacts, Sought, facts_of, people_for, person_for, person_page
from app.accounts.queries import roles_of
from app.accounts.trail import ACTION_WORDS
from app.db import Database
from app.errors import Mistyped, NotAllowed, NotFound, UserError
from app.web.viewing import RoleName, Viewer
from tests.conftest import NOW, CreatePerson, statements_of, token_of

ADMIN = Viewer(1, "Ada", frozenset({"admin"}), "zh-CN")


def viewer_of(*roles: RoleName) -> Viewer:
    return Viewer(1, "Somebody", frozenset(roles), "zh-CN")


def numbers(db: Session, **sought: object) -> list[str]:
    return [person.number for person in people_for(db, ADMIN, Sought(**sought)).people]  # type: ignore[arg-type]


@pytest.fixture
def staff(db: Session) -> Session:
    shanghai = find_or_add_department(db, "East/Shanghai", by=None, now=NOW)
    west = find_or_add_department(db, "West", by=None, now=NOW)
    add_person(db, "A-1", "王思齐", by=None, now=NOW, email="siqi@example.com", department=shanghai)
    grant_role(db, add_person(db, "A-2", "Lin 100%", by=None, now=NOW, department=west), "trainer", by=None, now=NOW)
    grant_role(db, add_person(db, "B_3", "Ada", by=None, now=NOW), "admin", by=None, now=NOW)
    deactivate_person(db, add_person(db, "B-4", "Zoe", by=None, now=NOW, department=shanghai), by=None, now=NOW)
    return db


@pytest.mark.parametrize(
    ("sought", "found"),
    [
        ({}, ["A-1", "A-2", "B_3"]),
        ({"text": "a-"}, ["A-1", "A-2"]),
        ({"text": "思齐"}, ["A-1"]),
        ({"text": " LIN "}, ["A-2"]),
        ({"text": "SIQI@"}, ["A-1"]),
        ({"text": "%"}, ["A-2"]),
        ({"text": "_"}, ["B_3"]),
        ({"text": "\0"}, ["A-1", "A-2", "B_3"]),
        ({"text": "' OR 1=1"}, []),
        ({"role": "trainer"}, ["A-2"]),
        ({"role": NO_ROLE}, ["A-1"]),
        ({"role": "owner"}, ["A-1", "A-2", "B_3"]),
        ({"state": "closed"}, ["B-4"]),
        ({"department": 1, "state": "all"}, ["A-1", "B-4"]),
        ({"department": 99}, []),
        ({"page": 7}, ["A-1", "A-2", "B_3"]),
    ],
)
def test_the_list_is_narrowed(staff: Session, sought: dict[str, object], found: list[str]) -> None:
    assert numbers(staff, **sought) == found


def test_the_list_has_pages(db: Session) -> None:
    for number in range(PER_PAGE + 1):
        add_person(db, f"{number:03}", "Somebody", by=None, now=NOW)
    first, second = (people_for(db, ADMIN, Sought(page=page)) for page in (1, 2))
    assert (len(first.people), [person.number for person in second.people]) == (PER_PAGE, [f"{PER_PAGE:03}"])
    assert (second.total, second.page, second.pages) == (PER_PAGE + 1, 2, 2)


@pytest.mark.parametrize("viewer", [viewer_of(), viewer_of("HR"), viewer_of("trainer", "author")])
def test_others_find_nobody(staff: Session, viewer: Viewer) -> None:
    for asked in (
        lambda: people_for(staff, viewer, Sought()),
        lambda: person_for(staff, viewer, 1),
        lambda: person_page(staff, viewer, 1, now=NOW),
    ):
        with pytest.raises(NotFound):
            asked()


def test_more_people_take_as_many_statements(database: Database, create_person: CreatePerson) -> None:
    counts = []
    for _ in range(3):
        person = create_person("Somebody", roles=("trainer", "author"))
        with database.reading() as db, statements_of(database) as seen:
            people_for(db, ADMIN, Sought())
            person_page(db, ADMIN, person.id, now=NOW)
        counts.append(len(seen))
    assert len(set(counts)) == 1
    assert counts[0] <= 12


@pytest.mark.slow
def test_twenty_thousand_people_are_quick(database: Database) -> None:
    rows = [
        {"number": f"N{n:06}", "display_name": f"王{n}", "language": None, "active": True, "created_at": NOW}
        for n in range(20_000)
    ]
    with database.transaction() as db:
        db.execute(insert(Person), rows)
    with database.reading() as db:
        assert people_for(db, ADMIN, Sought(text="19999")).total == 1
        assert people_for(db, ADMIN, Sought(page=400)).pages == 400


def test_a_person_is_changed_where_nothing_else_was(db: Session, ada: Person, bob: Person) -> None:
    east = find_or_add_department(db, "East", by=None, now=NOW)
    found = person_for(db, ADMIN, bob.id)
    typed = PersonFacts(" b-7 ", " 鲍勃 ", "Bob@Example.com", str(east.id), "en")
    change_person(db, found, typed, shown=facts_of(found), by=ada.id, now=NOW)
    assert facts_of(found) == PersonFacts("B-7", "鲍勃", "bob@example.com", str(east.id), "en")
    db.flush()
    row = db.scalars(select(Audit).where(Audit.action == "person-changed")).one()
    assert (row.by_id, row.details) == (ada.id, {"fields": "number, display_name, email, department, language"})


def test_what_changed_meanwhile_is_not_overwritten(db: Session, ada: Person, bob: Person) -> None:
    found = person_for(db, ADMIN, bob.id)
    shown, typed = facts_of(found), PersonFacts(found.number, "Robert", "", "", "en")
    found.display_name = "Bobby"
    with pytest.raises(ChangedMeanwhile):
        change_person(db, found, typed, shown=shown, by=ada.id, now=NOW)
    assert found.display_name == "Bobby"


@pytest.fixture
def namesake(ada: Person, bob: Person, db: Session) -> Person:
    return add_person(db, "ALICE-1", "Alice", by=None, now=NOW, email="alice@example.com")


@pytest.mark.usefixtures("namesake")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number", ""),
        ("number", "a b"),
        ("number", "a\0b"),
        ("number", "ALICE-1"),
        ("number", "alice-1"),
        ("display_name", " "),
        ("display_name", "x" * 201),
        ("display_name", "a\nb"),
        ("email", "nowhere"),
        ("email", "ALICE@example.com"),
        ("email", "a\0@b"),
        ("email", f"{'x' * 250}@example.com"),
        ("department", "99"),
        ("department", "x"),
        ("department", "9" * 30),
        ("language", "de"),
    ],
)
def test_a_mistake_is_told_at_its_field(db: Session, ada: Person, bob: Person, field: str, value: str) -> None:
    found = person_for(db, ADMIN, bob.id)
    shown = facts_of(found)
    typed = PersonFacts(**{**vars(shown), field: value})
    with pytest.raises(Mistyped) as refused:
        change_person(db, found, typed, shown=shown, by=ada.id, now=NOW)
    assert (refused.value.field, facts_of(found)) == (field, shown)
    new = PersonFacts(**{**vars(typed), "number": value if field == "number" else "NEW"})
    with pytest.raises(Mistyped):
        add_described_person(db, new, by=ada.id, now=NOW)


def test_only_admins_change_people(db: Session, hana: Person, bob: Person) -> None:
    found = person_for(db, ADMIN, bob.id)
    shown = facts_of(found)
    with pytest.raises(NotAllowed):
        change_person(db, found, shown, shown=shown, by=hana.id, now=NOW)
    with pytest.raises(NotAllowed):
        add_described_person(db, PersonFacts("N", "N", "", "", ""), by=hana.id, now=NOW)
    with pytest.raises(NotAllowed):
        change_roles(db, found, ["admin"], shown=[], by=hana.id, now=NOW)


def test_roles_are_given_and_taken_as_ticked(db: Session, ada: Person, alice: Person) -> None:
    assert change_roles(db, alice, ["trainer", "HR", "owner"], shown=["author", "trainer"], by=ada.id, now=NOW)
    assert roles_of(db, alice.id) == {"trainer", "HR"}
    assert not change_roles(db, alice, ["trainer", "HR"], shown=["HR", "trainer"], by=ada.id, now=NOW)
    with pytest.raises(ChangedMeanwhile):
        change_roles(db, alice, ["admin"], shown=["author", "trainer"], by=ada.id, now=NOW)


def test_an_admin_gives_back_all_roles_and_takes_another(db: Session, ada: Person, create_person: CreatePerson) -> None:
    db.rollback()
    other = create_person("Other", roles=("admin", "HR", "trainer"), password_hash="known")
    held = ["admin", "HR", "trainer"]
    assert change_roles(db, db.get_one(Person, other.id), ["author"], shown=held, by=other.id, now=NOW)
    assert roles_of(db, other.id) == {"author"}
    assert db.get_one(Person, other.id).password_hash == "known"  # never without a role, so nobody else set it


def test_the_last_admin_stays(db: Session, ada: Person) -> None:
    with pytest.raises(UserError):
        change_roles(db, ada, [], shown=["admin"], by=ada.id, now=NOW)
    assert roles_of(db, ada.id) == {"admin"}


# ---- pages


@pytest.fixture
def admin(client_of: Callable[[Person], FlaskClient], ada: Person) -> FlaskClient:
    return client_of(ada)


def send(client: FlaskClient, path: str, **typed: str | list[str]) -> TestResponse:
    return client.post(path, data={"csrf_token": token_of(client), **typed})


def form_of(page: str) -> dict[str, str]:
    """The hidden fields that tell what the page showed."""
    return {name: unescape(value) for name, value in re.findall(r'name="(was_\w+)" value="([^"]*)"', page)}


def test_somebody_is_added_and_gets_a_slip(admin: FlaskClient) -> None:
    response = send(admin, "/people", number="n-1", display_name="Nadia", language="en")
    assert response.status_code == 303
    page = admin.get(response.location).text
    assert "账户已经建好" in page
    assert "还没有密码" in page
    slip = send(admin, f"{response.location.partition('?')[0]}/slip")
    assert (slip.status_code, "Nadia" in slip.text) == (200, True)
    assert re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}", slip.text)


def test_a_refused_form_keeps_what_was_typed(admin: FlaskClient, bob: Person) -> None:
    response = send(admin, "/people", number=bob.number, display_name="<b>Nadia</b>")
    assert (response.status_code, 'id="number-error"' in response.text) == (422, True)
    assert "&lt;b&gt;Nadia&lt;/b&gt;" in response.text


def test_of_two_admins_the_second_sees_both(admin: FlaskClient, bob: Person) -> None:
    path = f"/people/{bob.id}"
    shown = form_of(admin.get(path).text)
    fields = {name.removeprefix("was_"): value for name, value in shown.items()}
    faster = {**fields, "display_name": "Bobby", "email": "bob@example.com"}
    assert send(admin, path, **shown, **faster).status_code == 303
    late = send(admin, path, **shown, **{**fields, "display_name": "Robert"})
    assert (late.status_code, 'value="Robert"' in late.text, "别人保存的是：Bobby" in late.text) == (409, True, True)
    assert form_of(late.text)["was_display_name"] == "Bobby"
    assert 'name="email" value="bob@example.com"' in late.text  # not touched, so not taken back either
    again = send(admin, path, **form_of(late.text), **{**faster, "display_name": "Robert"})
    assert (again.status_code, 'value="Robert"' in admin.get(path).text) == (303, True)


def test_new_roles_end_the_sign_ins_of_that_person(
    admin: FlaskClient, bob: Person, client_of: Callable[[Person], FlaskClient]
) -> None:
    browser = client_of(bob)
    assert browser.get("/").status_code == 200
    assert send(admin, f"/people/{bob.id}/roles", role=["trainer"]).status_code == 303
    assert browser.get("/").status_code == 302
    assert "授予角色：讲师" in admin.get(f"/people/{bob.id}").text


def test_the_page_says_that_a_password_from_before_the_first_role_is_gone(
    admin: FlaskClient, create_person: CreatePerson
) -> None:
    carl = create_person("Carl", email="carl@example.com", password_hash="known")
    page = admin.get(send(admin, f"/people/{carl.id}/roles", role=["trainer"]).location).text
    note = page[page.index("Carl有角色，但没有密码") : page.index('id="facts-head"')]
    assert ("核对邮箱 carl@example.com" in note, f"/people/{carl.id}/slip" in note) == (True, True)
    assert "密码已作废（得到第一个角色时）" in page


def test_an_admin_who_changes_own_roles_gets_another_sign_in(
    admin: FlaskClient, ada: Person, database: Database, create_person: CreatePerson
) -> None:
    path = f"/people/{ada.id}/roles"
    refused = send(admin, path, was_role="admin", role=["trainer"])
    assert (refused.status_code, "是唯一的管理员" in refused.text) == (422, True)
    with database.reading() as db:
        assert roles_of(db, ada.id) == {"admin"}  # nor was the other role given
    with admin.session_transaction() as cookie:
        former = cookie["_user_id"]
    assert send(admin, path, was_role="admin", role=["admin", "trainer"]).status_code == 303
    with admin.session_transaction() as cookie:
        assert cookie["_user_id"] != former
    assert admin.get("/people").status_code == 200
    create_person("Second", roles=("admin",))
    assert send(admin, path, was_role=["admin", "trainer"], role=["trainer"]).location == "/"
    assert admin.get("/people").status_code == 404
    with database.reading() as db:
        still_open = select(func.count()).where(SignIn.person_id == ada.id, SignIn.ended_at.is_(None))
        assert db.scalar(still_open) == 1


def test_a_closed_account_can_be_opened_again(
    admin: FlaskClient, ada: Person, bob: Person, client_of: Callable[[Person], FlaskClient]
) -> None:
    browser = client_of(bob)
    assert send(admin, f"/people/{bob.id}/deactivate").status_code == 303
    assert browser.get("/").status_code == 302
    assert "重新启用" in admin.get(f"/people/{bob.id}").text
    assert send(admin, f"/people/{bob.id}/slip").status_code == 422
    assert send(admin, f"/people/{bob.id}/reactivate").status_code == 303
    refused = send(admin, f"/people/{ada.id}/deactivate")
    assert (refused.status_code, "是唯一的管理员" in refused.text) == (422, True)


def test_the_search_is_in_the_address(admin: FlaskClient, alice: Person, bob: Person) -> None:
    page = admin.get("/people?q=ali&role=trainer&department=&state=nonsense&page=x").text
    assert ("Alice" in page, "Bob" in page, 'value="ali"' in page) == (True, False, True)
    assert "没有符合条件的人" in admin.get("/people?q=<script>&page=99999999999999999999&department=²").text


@pytest.mark.parametrize("path", ["/people/999", f"/people/{2**31}", f"/people/{2**64}", "/people/x", "/people/-1"])
def test_nobody_is_nobody(admin: FlaskClient, path: str) -> None:
    assert admin.get(path).status_code == 404


def test_two_at_once_do_not_get_one_number(
    client_of: Callable[[Person], FlaskClient], create_person: CreatePerson
) -> None:
    browsers = [client_of(create_person("Admin", roles=("admin",))) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        sent = pool.map(lambda browser: send(browser, "/people", number="SAME", display_name="X").status_code, browsers)
    assert sorted(sent) == [303, 422]


def test_every_action_of_ours_has_words() -> None:
    done = re.compile(r'record\(\s*db, "([a-z-]+)", Person')
    folder = Path(__file__).parents[2] / "app/accounts"
    found = {action for path in folder.glob("*.py") for action in done.findall(path.read_text(encoding="utf-8"))}
    assert len(found) > 8
    assert found - set(ACTION_WORDS) == set()
