"""Whatever is sent, the answer is a page for people: no input makes a mistake of ours."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import cycle
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.access import Who
from tests.assessment.access import SAVE
from tests.conftest import token_of
from tests.test_routes import TABLE, browsers, world, world_file

pytestmark = pytest.mark.slow  # every form, address and query with every bad text: left to `make test`

__all__ = ["browsers", "world", "world_file"]  # fixtures

LONG = 10_000
FORM = "application/x-www-form-urlencoded"
BAD_TEXTS: dict[str, bytes] = {
    "nul": b"a\0b",
    "controls": b"\x01\x1b[2J\x7f\xc2\x85",
    "no-utf8": b"\xff\xfe\xc3",
    "surrogate": b"\xed\xa0\x80",
    "direction": "\u202eabc\u2066\ufeff".encode(),
    "long": ("长" * LONG).encode(),
    "huge-number": b"9" * 5_000,
    "over-64-bit": b"9223372036854775808",
    "negative": b"-1",
    "over-32-bit": b"3000000000",
    "other-digits": "²³١２".encode(),
    "year-0": b"0000-00-00",
    "year-9999": b"9999-12-31T23:59",
    "year-1": b"0001-01-01T00:00",
    "formula": b'=cmd|"/c calc"!A1',
    "unicode-spaces": "\u00a0\u2003\u3000".encode(),
    "empty": b"",
}
PATHS = (
    "0",
    "-1",
    "2147483648",
    "9223372036854775808",
    "9" * 400,
    "%00",
    "1%00",
    "%FF",
    "%ED%A0%80",
    "²",
    "１",
    "..%2f",
)
QUERY = (
    "page",
    "q",
    "search",
    "state",
    "role",
    "department",
    "cohort",
    "exercise",
    "next",
    "again",
    "done",
    "sort",
    "day",
    "code",
    "issued",
    "course",
    "direct",
    "from",
    "until",
    "after",
    "before",
    "year",
    "under",
    "by",
    "order",
)
LAST = ("deactivate", "archive", "withdraw", "remove", "/hand-in", "/return", "sign-ins", "password")
"""Forms whose success would take the others' subject away."""
BAD_BODIES: dict[str, tuple[bytes, str]] = {
    "deep": (b"[" * 200_000, "application/json"),
    "deep-objects": (b'{"fields":' * 100_000, "application/json"),
    "nan": (b'{"client":"a","seq":NaN,"base":0,"fields":{"level.uptime":"x"}}', "application/json"),
    "infinite": (b'{"client":"a","seq":1e999,"base":0,"fields":{"level.uptime":"x"}}', "application/json"),
    "huge": (b'{"client":"a","seq":' + b"9" * 6_000 + b',"base":0,"fields":{}}', "application/json"),
    "over-64-bit": (
        b'{"client":"a","seq":9223372036854775808,"base":0,"fields":{"level.uptime":"x"}}',
        "application/json",
    ),
    "just-in": (
        b'{"client":"a","seq":4611686018427387904,"base":4611686018427387904,"fields":{"level.uptime":"x"}}',
        "application/json",
    ),
    "twice": (b'{"client":"a","client":"b","seq":1,"base":0,"fields":{"level.uptime":"x"}}', "application/json"),
    "surrogate": (b'{"client":"a","seq":2,"base":0,"fields":{"level.uptime":"\\ud800"}}', "application/json"),
    "surrogate-name": (b'{"client":"a","seq":3,"base":0,"fields":{"\\ud800":"x"}}', "application/json"),
    "surrogate-key": (b'{"\\ud800":1}', "application/json"),
    "nul": (b'{"client":"a","seq":4,"base":0,"fields":{"level.uptime":"\\u0000"}}', "application/json"),
    "not-utf8": (b'{"client":"a","seq":5,"base":0,"fields":{"level.uptime":"\xff"}}', "application/json"),
    "utf16": ('{"client":"a"}'.encode("utf-16"), "application/json"),
    "list": (b"[]", "application/json"),
    "text": (b'"x"', "application/json"),
    "nothing": (b"", "application/json"),
    "wrong-type": (json.dumps(SAVE).encode(), "text/plain"),
    "form": (b"client=a&seq=1", "application/x-www-form-urlencoded"),
    "charset": (json.dumps(SAVE).encode(), "application/json; charset=utf-7"),
    "many-fields": (json.dumps({**SAVE, "fields": {f"f{n}": "" for n in range(100_000)}}).encode(), "application/json"),
    "large": (json.dumps({**SAVE, "fields": {"level.uptime": "x" * 10_000_000}}).encode(), "application/json"),
    "null-fields": (b'{"client":"a","seq":1,"base":0,"fields":null}', "application/json"),
    "float-seq": (b'{"client":"a","seq":1.0,"base":0,"fields":{"level.uptime":"x"}}', "application/json"),
    "true-seq": (b'{"client":"a","seq":true,"base":0,"fields":{"level.uptime":"x"}}', "application/json"),
}


@dataclass
class Sheet:
    """A form of a page, as a browser would send it."""

    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)


class Forms(HTMLParser):
    """Finds the forms that change something."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path, self.found, self.within = path, [], False  # type: ignore[var-annotated]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.within = given.get("method", "get").lower() == "post"
            if self.within:
                self.found.append(Sheet(given.get("action") or self.path))
        elif self.within and given.get("name") and tag in {"input", "textarea", "select", "button"}:
            self.found[-1].fields.append((given["name"], given.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        self.within = self.within and tag != "form"


def forms_for(client: FlaskClient) -> list[Sheet]:
    """The forms of every page in the table, those that end something last, each once."""
    found: dict[tuple[str, tuple[str, ...]], Sheet] = {}
    for path in dict.fromkeys(asked.path for calls in TABLE.values() for asked in calls if asked.method == "GET"):
        response = client.get(path, follow_redirects=True, buffered=True)
        if response.status_code == 200 and response.mimetype == "text/html":
            parser = Forms(path)
            parser.feed(response.text)
            for sheet in parser.found:
                found.setdefault((sheet.action, tuple(name for name, _ in sheet.fields)), sheet)
    staying = (sheet for sheet in found.values() if "sign-out" not in sheet.action)
    return sorted(staying, key=lambda sheet: any(word in sheet.action for word in LAST))


def spoiled(sheet: Sheet, bad: bytes, token: str) -> list[tuple[str, str | bytes]]:
    """The form with a bad text in every field that can be typed in or tampered with."""
    return [(name, token if name == "csrf_token" else bad) for name, _ in sheet.fields]


def broken(answers: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    return [(what, status) for what, status in answers if status >= 500]


@pytest.fixture
def quiet(app: Flask) -> None:
    """Mistakes become answers, as in production."""
    app.config["PROPAGATE_EXCEPTIONS"] = False


def send_forms(client: FlaskClient, sheets: Iterable[Sheet]) -> Iterator[tuple[str, int]]:
    token = token_of(client)
    for sheet in sheets:
        for name, bad in BAD_TEXTS.items():
            fields = urlencode(spoiled(sheet, bad, token))
            response = client.post(sheet.action, data=fields, content_type=FORM, buffered=True)
            yield f"{sheet.action} {name}", response.status_code


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("who", ["anonymous", "trainee", "trainer", "HR", "admin"])
def test_no_field_of_a_form_makes_a_mistake_of_ours(browsers: dict[Who, FlaskClient], who: Who) -> None:
    sheets = forms_for(browsers[who])
    assert len(sheets) >= {"anonymous": 3, "trainee": 4, "trainer": 10, "HR": 6, "admin": 10}[who]
    assert broken(send_forms(browsers[who], sheets)) == []


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("who", ["trainee", "trainer", "HR", "admin"])
def test_no_address_makes_a_mistake_of_ours(browsers: dict[Who, FlaskClient], who: Who) -> None:
    def addresses() -> Iterator[str]:
        for path in dict.fromkeys(asked.path for calls in TABLE.values() for asked in calls):
            parts = path.split("?")[0].split("/")
            for place, part in enumerate(parts):
                if part.isdigit() or place == len(parts) - 1:
                    yield from ("/".join([*parts[:place], bad, *parts[place + 1 :]]) for bad in PATHS)

    wanted = [address for address in dict.fromkeys(addresses()) if address.startswith("/")]
    assert broken((each, browsers[who].get(each, buffered=True).status_code) for each in wanted) == []


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("who", ["anonymous", "trainee", "trainer", "HR", "admin"])
def test_no_query_makes_a_mistake_of_ours(browsers: dict[Who, FlaskClient], who: Who) -> None:
    paths = dict.fromkeys(a.path.split("?")[0] for calls in TABLE.values() for a in calls if a.method == "GET")
    bad = [text[:2_000] for text in BAD_TEXTS.values()]

    def addresses() -> Iterator[str]:
        for path in paths:
            for turn in range(0, len(bad), 3):
                yield f"{path}?{urlencode(list(zip(QUERY, cycle(bad[turn:] + bad[:turn]), strict=False)))}"

    assert broken((each, browsers[who].get(each, buffered=True).status_code) for each in addresses()) == []


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize(("body", "kind"), BAD_BODIES.values(), ids=BAD_BODIES)
def test_no_body_of_a_save_makes_a_mistake_of_ours(browsers: dict[Who, FlaskClient], body: bytes, kind: str) -> None:
    client = browsers["trainee"]
    headers = {"X-CSRFToken": token_of(client), "Content-Type": kind}
    response = client.patch("/attempts/1", data=body, headers=headers)
    assert 400 <= response.status_code < 500 or response.status_code == 200
    assert response.status_code != 200 or response.is_json
