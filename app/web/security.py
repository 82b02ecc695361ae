"""What every answer tells the browser to refuse, and how cookies travel."""

from __future__ import annotations

import logging
from datetime import timedelta
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, request
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from app.web.guards import Public, policy_of

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
"""No policy of trusted types, not even a default one: none of our scripts makes HTML out of text."""
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    # Pages are personal; what may be kept (assets, files named by their content) says so itself.
    "Cache-Control": "no-store",
}
A_YEAR = timedelta(days=365)
STRANGERS_SEND = 64 * 1024
"""Bytes. Enough for every form that anybody may send; taking 8 MB of fields apart keeps a thread busy for a second."""

csrf = CSRFProtect()


def protect(app: Flask, *, public_url: str, proxies: int) -> None:
    """Set headers, cookies, CSRF tokens and limits of size for an application reached at `public_url`."""
    https = public_url.startswith("https:")
    secure = https or urlsplit(public_url).hostname in LOOPBACK
    if not secure:
        logging.getLogger(__name__).warning("%s is plain http: passwords travel for everyone to read", public_url)
    app.config.update(
        SESSION_COOKIE_NAME="__Host-sign-in" if secure else "sign-in",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,  # as long as the cookie: a token must not run out while somebody writes
        MAX_CONTENT_LENGTH=8 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
        MAX_FORM_PARTS=5_000,
    )
    app.url_map.merge_slashes = False  # it redirects to whatever host the request names
    app.before_request(_limit_strangers)  # ahead of the CSRF check, which reads the form
    csrf.init_app(app)
    if proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)  # type: ignore[method-assign]

    @app.after_request
    def refuse_by_header(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if https:
            response.headers.setdefault("Strict-Transport-Security", f"max-age={int(A_YEAR.total_seconds())}")
        return response


def _limit_strangers() -> None:
    if request.endpoint and isinstance(policy_of(current_app, request.endpoint), Public):
        request.max_content_length = STRANGERS_SEND
