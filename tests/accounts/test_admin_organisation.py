"""The organisation: its name, zone and logo, and trying its mail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.accounts.models import Audit, Person
from app.accounts.organisation import (
    LOGO_BYTES,
    LOGO_EDGE,
    OrganisationFacts,
    change_organisation,
    organisation_facts,
    redrawn_logo,
)
from app.accounts.post import trial_mail
from app.db import Database
from app.errors import Mistyped, NotAllowed
from app.mail import MailServer
from app.outbox import GaveUp, NotSent
from app.words import in_words
from tests.conftest import NOW, CreatePerson, token_of


def picture(width: int = 40, height: int = 30, kind: str = "PNG") -> bytes:
    made = BytesIO()
    Image.new("RGB", (width, height), "green").save(made, kind, **({"comment": b"secret"} if kind == "JPEG" else {}))
    return made.getvalue()


def send(client: FlaskClient, logo: bytes = b"", /, **typed: str) -> TestResponse:
    fields = {"csrf_token": token_of(client), "name": "华东经销商", "zone": "Asia/Shanghai", **typed}
    return client.post("/admin/organisation", data={**fields, "logo": (BytesIO(logo), "logo.png")})


@pytest.fixture
def admin(client_of: Callable[[Person], FlaskClient], ada: Person) -> FlaskClient:
    return client_of(ada)


def test_facts_are_kept_and_what_changed_is_audited(db: Session, ada: Person) -> None:
    assert organisation_facts(db) == OrganisationFacts("", "Asia/Shanghai", "", None)
    facts = OrganisationFacts("华东", "Europe/Berlin", "hr@example.com", None)
    change_organisation(db, facts, by=ada.id, now=NOW)
    change_organisation(db, facts, by=ada.id, now=NOW)
    db.flush()
    assert organisation_facts(db) == facts
    rows = db.scalars(select(Audit).where(Audit.action == "organisation-changed"))
    assert [row.details for row in rows] == [{"fields": "name, zone, sender"}]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "x" * 201),
        ("name", "a\0b"),
        ("zone", "Europe/Atlantis"),
        ("zone", ""),
        ("zone", "../etc/passwd"),
        ("sender", "nowhere"),
        ("sender", "a@b\nBcc: c@d"),
        ("sender", "思齐@example.com"),
        ("sender", f"{'x' * 250}@example.com"),
    ],
)
def test_what_cannot_be_used_is_refused_at_its_field(admin: FlaskClient, field: str, value: str) -> None:
    response = send(admin, **{field: value})
    assert (response.status_code, f'id="{field}-error"' in response.text) == (422, True)
    assert "<footer" in response.text


def test_only_admins_change_it(db: Session, hana: Person) -> None:
    with pytest.raises(NotAllowed):
        change_organisation(db, OrganisationFacts(), by=hana.id, now=NOW)


def test_every_page_names_the_organisation(admin: FlaskClient) -> None:
    assert send(admin).status_code == 303
    assert "华东经销商 · Coursewright" in admin.get("/courses").text


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_logo_is_drawn_anew(kind: str) -> None:
    drawn = redrawn_logo(picture(2000, 1000, kind))
    with Image.open(BytesIO(drawn)) as logo:
        assert (logo.format, logo.size, logo.info) == ("PNG", (LOGO_EDGE, LOGO_EDGE // 2), {})
    assert b"secret" not in drawn


@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"GIF89a",
        picture()[:60],
        b"\x89PNG\r\n\x1a\n" + b"x" * 100,
        picture() + b" " * LOGO_BYTES,
        picture(6000, 5000),
        b"\xff\xd8\xff",
    ],
)
def test_what_is_no_small_picture_is_refused(content: bytes) -> None:
    with pytest.raises(Mistyped) as refused:
        redrawn_logo(content)
    assert refused.value.field == "logo"


def test_a_picture_too_large_to_open_is_called_too_large() -> None:
    bomb = BytesIO()
    Image.new("1", (20_000, 20_000)).save(bomb, "PNG")
    with pytest.raises(Mistyped) as refused:
        redrawn_logo(bomb.getvalue())
    assert "too many pixels" in in_words(refused.value.sentence, "en")


def test_doors_say_whose_they_are(admin: FlaskClient, client: FlaskClient) -> None:
    doors = ("/sign-in", "/join", "/forgot")
    assert not any("door__whose" in client.get(door).text for door in doors)
    assert send(admin, picture()).status_code == 303
    for door in doors:
        page = client.get(door).text
        assert "华东经销商" in page
        assert 'src="/logo"' in page


def test_the_logo_is_served_to_everybody_and_kept_by_browsers(admin: FlaskClient, client: FlaskClient) -> None:
    assert client.get("/logo").status_code == 404
    assert send(admin, picture()).status_code == 303
    response = client.get("/logo")
    assert (response.status_code, response.mimetype) == (200, "image/png")
    assert response.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    again = client.get("/logo", headers={"If-None-Match": response.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_logo_stays_until_it_is_removed(admin: FlaskClient, client: FlaskClient) -> None:
    send(admin, picture())
    send(admin, name="another")
    assert client.get("/logo").status_code == 200
    send(admin, remove_logo="1")
    assert client.get("/logo").status_code == 404


def test_a_bad_logo_changes_nothing(admin: FlaskClient, database: Database) -> None:
    response = send(admin, b"GIF89a")
    assert (response.status_code, 'id="logo-error"' in response.text, "华东经销商" in response.text) == (
        422,
        True,
        True,
    )
    with database.reading() as db:
        assert organisation_facts(db) == OrganisationFacts()


def try_mail(client: FlaskClient) -> TestResponse:
    return client.post("/admin/mail", data={"csrf_token": token_of(client)})


def test_without_a_server_the_page_says_so(admin: FlaskClient) -> None:
    assert "还没有设置邮件服务器，所以谁也收不到邮件" in admin.get("/admin").text
    assert (try_mail(admin).status_code, "还没有设置邮件服务器。" in try_mail(admin).text) == (422, True)


def test_whoever_has_no_address_is_told(app: Flask, admin: FlaskClient) -> None:
    app.config["SMTP_URL"] = "smtp://user:hush-hush@mail.example.com"
    assert "mail.example.com:587" in admin.get("/admin").text
    assert "hush" not in admin.get("/admin").text
    assert "你在这里还没有邮箱" in try_mail(admin).text


@pytest.fixture
def with_address(app: Flask, client_of: Callable[[Person], FlaskClient], create_person: CreatePerson) -> FlaskClient:
    app.config["SMTP_URL"] = "smtp://mail.example.com"
    return client_of(create_person("Ada", roles=("admin",), email="ada@example.com"))


def test_a_test_mail_tells_the_time_of_the_organisation() -> None:
    now = datetime(2026, 11, 22, 11, 32, tzinfo=UTC)
    mail = trial_mail("ada@example.com", "en", key="k", now=now, zone=ZoneInfo("Asia/Shanghai"))
    assert "at 2026-11-22 19:32 (Asia/Shanghai) from" in mail["text"]


def test_a_test_mail_goes_to_the_admin_while_nothing_is_held(
    with_address: FlaskClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[str, str, str]] = []

    def take(server: MailServer, message: dict[str, str]) -> None:
        with database.transaction() as db:  # would wait for itself if the request held the write lock
            db.execute(select(1))
        sent.append((str(server), message["To"], message["From"]))

    monkeypatch.setattr("app.accounts.admin_views.send_mail", take)
    response = try_mail(with_address)
    assert (response.status_code, response.location) == (303, "/admin?done=mailed")
    assert sent == [("mail.example.com:587", "ada@example.com", "Coursewright <coursewright@localhost>")]
    assert "邮件服务器收下了邮件" in with_address.get(response.location).text
    with database.reading() as db:
        assert "mail-tried" in set(db.scalars(select(Audit.action)))


@pytest.mark.parametrize(
    ("error", "answer", "advice"),
    [
        (NotSent, "535 authentication failed", "服务器不接受用户名和密码"),
        (GaveUp, "550 no such user", "服务器不收这个发件人"),
        (NotSent, "timed out", "请检查 COURSEWRIGHT_SMTP_URL 里的主机和端口"),
        (NotSent, "the server offers no STARTTLS", "连接不安全"),
    ],
)
def test_the_answer_of_the_server_is_told_with_advice(
    with_address: FlaskClient, monkeypatch: pytest.MonkeyPatch, error: type[NotSent], answer: str, advice: str
) -> None:
    def refuse(_server: MailServer, _message: object) -> None:
        raise error(answer)

    monkeypatch.setattr("app.accounts.admin_views.send_mail", refuse)
    response = try_mail(with_address)
    assert (response.status_code, answer in response.text, advice in response.text) == (422, True, True)
