"""Cookies and headers follow from the address people type."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

import pytest
from flask import Flask, request
from sqlalchemy import make_url

from app.factory import create_app
from app.web.guards import public
from app.web.security import HEADERS, STRANGERS_SEND
from config import TestConfig

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "object-src": "'none'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "'none'",
}


def app_at(public_url: str, folder: Path, *, proxies: int = 0) -> Flask:
    config = TestConfig(
        INSTANCE_PATH=folder, DATABASE_URL=f"sqlite:///{folder}/x.sqlite", PUBLIC_URL=public_url, PROXIES=proxies
    )
    return create_app(config)


@pytest.fixture
def with_tables(empty_database: Path, tmp_path: Path) -> Path:
    """A folder with the database that `app_at` opens."""
    shutil.copy(empty_database, tmp_path / "x.sqlite")
    return tmp_path


@pytest.mark.parametrize(
    ("public_url", "cookie", "strict_transport"),
    [
        ("https://training.example.com", "__Host-sign-in", "max-age=31536000"),
        ("http://127.0.0.1:8000", "__Host-sign-in", None),
        ("http://localhost:8000", "__Host-sign-in", None),
        ("http://[::1]:8000", "__Host-sign-in", None),
        ("http://training.example.com", "sign-in", None),
    ],
)
def test_cookies_are_bound_to_the_host_wherever_a_browser_keeps_them(
    with_tables: Path, public_url: str, cookie: str, strict_transport: str | None
) -> None:
    response = app_at(public_url, with_tables).test_client().get("/sign-in")
    secure = "Secure; " if cookie.startswith("__Host-") else ""
    assert response.headers["Set-Cookie"].startswith(f"{cookie}=")
    assert response.headers["Set-Cookie"].endswith(f"; {secure}HttpOnly; Path=/; SameSite=Lax")
    assert response.headers.get("Strict-Transport-Security") == strict_transport


@pytest.mark.parametrize("path", ["/sign-in", "/nothing", "/healthz", "/assets/manifest.json"])
def test_every_page_may_load_and_run_only_what_is_ours(with_tables: Path, path: str) -> None:
    headers = app_at("https://training.example.com", with_tables).test_client().get(path, buffered=True).headers
    assert dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; ")) == POLICY
    assert {name: headers[name] for name in HEADERS if name not in {"Content-Security-Policy", "Cache-Control"}} == {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    }


def test_plain_http_is_warned_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        app_at("http://training.example.com", tmp_path)
    assert "http://training.example.com is plain http" in caplog.text


@pytest.mark.parametrize(("proxies", "address"), [(0, "127.0.0.1"), (1, "10.0.0.2"), (2, "10.0.0.1")])
def test_callers_are_believed_as_far_as_our_own_proxies_go(tmp_path: Path, proxies: int, address: str) -> None:
    app = app_at("https://training.example.com", tmp_path, proxies=proxies)

    @app.get("/who")
    @public
    def who() -> str:
        return request.remote_addr or ""

    assert app.test_client().get("/who", headers={"X-Forwarded-For": "10.0.0.1, 10.0.0.2"}).text == address


def test_making_an_application_opens_no_database(tmp_path: Path) -> None:
    app = app_at("http://127.0.0.1:8000", tmp_path)
    assert not Path(make_url(app.config["DATABASE_URL"]).database or "").exists()


def test_being_alive_asks_no_database(tmp_path: Path) -> None:
    client = app_at("http://127.0.0.1:8000", tmp_path).test_client()
    assert client.get("/healthz").get_json() == {"status": "ok"}
    assert not (tmp_path / "x.sqlite").exists()
    assert client.get_cookie("__Host-sign-in") is None


def test_ready_names_what_is_not(tmp_path: Path) -> None:
    response = app_at("http://127.0.0.1:8000", tmp_path).test_client().get("/readyz")
    assert (response.status_code, response.get_json()) == (
        503,
        {"status": "failed", "checks": {"database": "ok", "migrations": "failed", "disk": "ok"}},
    )


def test_ready_when_all_is_well(app: Flask) -> None:
    assert app.test_client().get("/readyz").get_json() == {
        "status": "ok",
        "checks": {"database": "ok", "migrations": "ok", "disk": "ok"},
    }


def test_ready_sees_a_folder_that_is_gone(app: Flask, tmp_path: Path) -> None:
    app.instance_path = str(tmp_path / "gone")
    assert app.test_client().get("/readyz").get_json()["checks"]["disk"] == "failed"


@pytest.mark.parametrize("path", ["/courses//leads", "/courses/", "/assets//app.css"])
def test_no_address_leads_to_the_host_that_a_caller_names(app: Flask, path: str) -> None:
    response = app.test_client().get(path, base_url="http://evil.example")
    assert (response.status_code, "Location" in response.headers) == (404, False)


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/language"])
def test_strangers_send_little(app: Flask, path: str) -> None:
    client = app.test_client()
    assert client.post(path, data={"name": "x" * STRANGERS_SEND}).status_code == 413
    assert client.post(path, data={"name": "x" * (STRANGERS_SEND - 100)}).status_code == 403
