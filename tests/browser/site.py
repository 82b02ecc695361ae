"""The real product on a free port: started once, with one person of each sort, and seen through Chromium."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, Request

from tools.postgresql import free_port

ROOT = Path(__file__).parents[2]
AXE = ROOT / "build/axe/axe.min.js"
EVERY_RULE = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
COLOURS_ONLY = {"type": "rule", "values": ["color-contrast"]}  # all that another theme can change
COURSE = "/courses/key-account-ecosystem"
READY_WITHIN = 60.0  # seconds, on a machine that runs other tests beside

# Kept by the browser for a page's whole life, before anything of the page runs.
WATCH = """
    window.violations = [];
    document.addEventListener("securitypolicyviolation",
        (event) => window.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""


@dataclass(frozen=True)
class Account:
    """Somebody who may sign in."""

    number: str
    password: str


@dataclass(frozen=True)
class Site:
    """A running server and the people it knows."""

    url: str
    trainer: Account
    trainee: Account
    database_url: str = ""


@dataclass
class Visit:
    """A page in the browser, with everything it complained about."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def watch(self) -> None:
        self.page.add_init_script(WATCH)
        self.page.on("console", lambda message: self._note(message.type, message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("requestfailed", self._note_failure)

    def all_complaints(self) -> list[str]:
        """What the console, failed requests and the content security policy said."""
        violations: list[str] = self.page.evaluate("window.violations || []")
        return self.complaints + violations

    def axe_findings(self, rules: Mapping[str, object] = EVERY_RULE) -> list[str]:
        """What axe finds on the page as it is, one line a rule."""
        if not self.page.evaluate("Boolean(window.axe)"):
            self.page.evaluate(AXE.read_text(encoding="utf-8"))
        options = {"runOnly": rules, "resultTypes": ["violations"]}
        found: dict[str, Any] = self.page.evaluate("(options) => axe.run(document, options)", options)
        return [
            f"{rule['id']}: {', '.join(str(node['target']) for node in rule['nodes'])}" for rule in found["violations"]
        ]

    def width_beyond_screen(self) -> int:
        """How many pixels one would have to scroll to the right."""
        beyond: int = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        return beyond

    def _note_failure(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # what is still loading when the page is left
            self.complaints.append(f"failed: {request.url} {request.failure}")

    def _note(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.complaints.append(f"{kind}: {text}")


def sign_in(page: Page, site: Site, account: Account) -> None:
    """Come in by the door, as people do."""
    page.goto(f"{site.url}/sign-in")
    page.fill("input[name=name]", account.number)
    page.fill("input[name=password]", account.password)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: not url.startswith(f"{site.url}/sign-in"))  # where one lands is one's own matter


@contextmanager
def visiting(browser: Browser, site: Site, account: Account | None = None, **context: Any) -> Iterator[Visit]:
    """A fresh browser profile, signed in where an account is given; `context` is Playwright's."""
    profile = browser.new_context(**context)
    try:
        visit = Visit(profile.new_page())
        visit.watch()
        if account:
            sign_in(visit.page, site, account)
        yield visit
    finally:
        profile.close()


@contextmanager
def running_site(instance: Path) -> Iterator[Site]:
    """Start the product on an empty instance folder, and end it afterwards."""
    port = free_port()
    environment = _environment(instance, port)
    with (instance / "server.log").open("w") as log:
        server = subprocess.Popen(_flask("start"), cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            _wait_until_ready(f"http://127.0.0.1:{port}/readyz", server, instance / "server.log")
            trainer = _account(environment, "T001", "林知远", "--role", "trainer")
            trainee = _account(environment, "E001", "陈雨桐")
            yield Site(f"http://127.0.0.1:{port}", trainer, trainee, f"sqlite:///{instance / 'coursewright.sqlite'}")
        finally:
            server.terminate()
            server.wait(20)


def _environment(instance: Path, port: int) -> dict[str, str]:
    own = {"INSTANCE_PATH": str(instance), "HOST": "127.0.0.1", "PORT": str(port), "SECRET_KEY": os.urandom(32).hex()}
    kept = {k: v for k, v in os.environ.items() if k != "DATABASE_URL" and not k.startswith("COURSEWRIGHT_")}
    return {**kept, **own}


def _account(environment: dict[str, str], number: str, name: str, *options: str) -> Account:
    command = _flask("people", "add", number, name, *options)
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, encoding="utf-8", check=True)
    return Account(number, done.stdout.strip())


def _flask(*words: str) -> list[str]:
    return [sys.executable, "-m", "flask", "--app", "wsgi", *words]


def _wait_until_ready(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    last = time.monotonic() + READY_WITHIN
    while time.monotonic() < last and server.poll() is None:
        try:
            with urlopen(url, timeout=5) as answer:  # noqa: S310 -- our own address
                if answer.status == 200:
                    return
        except (URLError, ConnectionError):
            time.sleep(0.2)
    raise AssertionError(f"the server did not become ready:\n{log.read_text(encoding='utf-8')}")
