"""T-LEAK: over every shipped exercise nothing secret is in any response before the policy of its feedback allows it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import BuildError

from app import clock
from app.accounts.models import Person
from app.assessment.models import Assignment
from app.assessment.queries import own_work
from app.assessment.rules import seed_for
from app.catalogue.actions import publish_course
from app.courses.files import SHIPPED, read_files
from app.courses.loading import load_root
from app.courses.outline import Course
from app.db import Database
from app.documents.blocks import Block, Paragraph, plain
from app.documents.html import to_html
from app.documents.questions import choice_labels, field_labels
from app.exercises import Spec, fields_of, giveaways, resolve, sheet_of
from app.exercises.hints import with_opened
from app.exercises.kinds.choice.kind import Choice, ChoiceSpec
from tests.assessment.course_samples import CHOICE, course_with, room_on
from tests.assessment.leaks import Secrets, secrets_of, text_of_pdf
from tests.assessment.samples import viewer_of
from tests.catalogue.samples import HIDDEN, RING
from tests.conftest import NOW, token_of
from tests.survival.sizes import FULL

SEEDS = (0, 1, 7, 4711)
NOT_OURS = {"asset", "catalogue.media", "health.healthz", "health.readyz", "paperwork.paper_code"}
"""Addresses that no page of ours is at, or that need a word that nobody has."""


@cache
def shipped() -> dict[str, tuple[Course, tuple[bytes, ...]]]:
    """By slug each course, and its pictures."""
    found = load_root(read_files(SHIPPED)).courses
    return {each.slug: (each.course, tuple(each.media.values())) for each in found if each.course}


SHIPPED_SLUGS = ("account-relationship", "key-account-ecosystem")


def exercises() -> Iterator[tuple[str, Spec]]:
    for loaded in load_root(read_files(SHIPPED)).exercises:
        if loaded.spec is not None:
            yield loaded.file.stem, loaded.spec


# The sheets alone: fast, over seeds


def test_no_sheet_of_any_exercise_has_a_secret_in_it() -> None:
    course, _ = next(iter(shipped().values()))
    found = []
    for slug, spec in exercises():
        for seed in SEEDS if spec.vary else SEEDS[:1]:
            varied = resolve(spec, seed, {})
            secrets = secrets_of({slug: varied}, course)
            found += [(seed, leak) for leak in secrets.in_text(drawn(varied))]
    assert found == []


def drawn(spec: Spec) -> str:
    """All that is made of a spec for its trainee: the sheet, empty and full, and the labels of its fields."""
    fields = fields_of(spec)
    names = field_labels(fields)
    full = dict.fromkeys(names, "yes")
    labels = [*names.values(), *(text for of in choice_labels(fields).values() for text in of.values())]
    without_hints = {name: text for name, text in full.items() if not name.startswith("hint.")}
    pages = (to_html(sheet_of(spec)), to_html(fields, without_hints), to_html(fields, without_hints, readonly=True))
    return "\0".join((*pages, *map(str, labels)))


def test_no_id_of_a_shipped_exercise_gives_its_key_away() -> None:
    assert [(slug, found) for slug, spec in exercises() for found in giveaways(spec)] == []


def test_a_sheet_that_shows_a_reason_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The canary."""
    course = course_with({"two": CHOICE})
    secrets = secrets_of(course.exercises, course)
    assert {"WHY-ratio", "WHY-gross", "WHY-days", "WHY-c"} <= secrets.of["two"]
    assert secrets.in_text(drawn(course.exercises["two"])) == set()
    plant_a_leak(monkeypatch)
    assert secrets.in_text(drawn(course.exercises["two"])) == {("two", "WHY-ratio")}


def plant_a_leak(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = Choice.sheet

    def leaking(kind: Choice, spec: ChoiceSpec) -> tuple[Block, ...]:
        return (*honest(kind, spec), Paragraph(plain(spec.questions[0].why or "")))

    monkeypatch.setattr(Choice, "sheet", leaking)


# Every response that a trainee can get


@dataclass
class Crawl:
    """A trainee who opens everything, on a course of which results come late."""

    browser: FlaskClient
    database: Database
    person: Person
    course: Course
    secrets: Secrets = field(default_factory=lambda: Secrets({}))
    leaks: set[tuple[str, str, str]] = field(default_factory=set)
    """Address, exercise, text."""
    seen: int = 0
    papers: int = 0
    answered: set[str] = field(default_factory=set)
    """Endpoints that a page of an exercise came from."""

    @cached_property
    def typical(self) -> frozenset[str]:
        return frozenset(typical_of(self.course))

    def look_for(self, wanted: Callable[[Spec], bool] = lambda _: True, *, common_only: bool = False) -> None:
        """The secrets of the exercises that are wanted, and of this trainee's variants of them."""
        specs = {slug: spec for slug, spec in self.course.exercises.items() if wanted(spec)}
        own = {  # of this attempt, and of the next one
            f"{slug}, attempt {number}": resolve(spec, seed_for(1, slug, number), {})
            for slug, spec in self.course.exercises.items()
            for number in (1, 2)
            if spec.vary
        }
        known = {**specs, **{name: spec for name, spec in own.items() if wanted(spec)}}
        self.secrets = secrets_of(known, self.course, also=tuple(own.values()), common_only=common_only)

    def look(self, response: Any, *, of: str = "") -> Any:
        if "pdf" in response.content_type:
            text = text_of_pdf(response.data) if response.status_code == 200 else ""
            self.papers += 1
        else:
            text = response.get_data(as_text=True) if response.content_type.startswith(TEXTS) else ""
        text += "\n" + "\n".join(f"{name}: {value}" for name, value in response.headers)
        assert response.status_code < 500, f"{response.request.path}: {response.status_code}"
        self.seen += 1
        self.leaks |= {(of or response.request.path, slug, secret) for slug, secret in self.secrets.in_text(text)}
        return response

    def get(self, path: str) -> Any:
        return self.look(self.browser.get(path))

    def send(self, method: str, path: str, **what: Any) -> Any:
        headers = {"X-CSRFToken": token_of(self.browser), "Accept": what.pop("accept", "text/html")}
        return self.look(self.browser.open(path, method=method, headers=headers, **what))


TEXTS = ("text/", "application/json", "application/problem+json", "application/xml", "image/svg")


def with_late_feedback(course: Course) -> Course:
    """The same course, with results that nobody sees yet, whatever its authors wrote; what is checked at once stays."""
    stored = course.model_dump(mode="json")
    for number, head in enumerate(stored["exercises"].values()):
        if head["feedback"] != "at_once":
            late = ("on_release", "after_close")[number % 2]
            head["feedback"] = late
            if head.get("template"):
                head["template"]["feedback"] = late
    return Course.from_json(stored)


def crawl_of(
    database: Database,
    course: Course,
    alice: Person,
    bob: Person,
    browser: FlaskClient,
    *,
    pictures: Iterable[bytes] = (RING, HIDDEN),
) -> Crawl:
    late = with_late_feedback(course)
    for picture in pictures:
        browser.application.extensions["files"].keep(picture)
    with database.transaction() as db:
        room_on(db, publish_course(db, late, by=None, now=NOW), bob, alice)
    found = Crawl(browser, database, bob, late)
    found.look_for()
    return found


def read_everything(crawl: Crawl) -> None:
    """Every address that can be built without knowing more than one's own course."""
    app = crawl.browser.application
    known = {"cohort_id": 1, "slug": crawl.course.slug, "enrolment_id": 1, "person_id": crawl.person.id}
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and rule.endpoint not in NOT_OURS and not PER_EXERCISE & rule.arguments:
            for values in variations(rule.arguments, known):
                with suppress(BuildError, ValueError):  # a word that this address does not know
                    crawl.get(adapter.build(rule.endpoint, values))


PER_EXERCISE = {"exercise", "attempt_id"}
WORDS = {
    "name": ("session-plan", "run-sheet", "handbook", "worksheets", "answer-key", "materials", "seal"),
    "reader": ("trainee", "trainer"),
}


def variations(arguments: set[str], known: dict[str, Any]) -> Iterator[dict[str, Any]]:
    fixed = {name: known.get(name, 1 if name.endswith("_id") else "x" * 28) for name in arguments}
    several = next((name for name in arguments if name in WORDS), None)
    if several is None:
        yield fixed
    else:
        yield from ({**fixed, several: word} for word in WORDS[several])


def pages_of(crawl: Crawl, endpoint_arguments: dict[str, Any]) -> None:
    """Every GET page of one exercise or one attempt.

    Of an exercise like others, in the short proof, those pages that one of the others was answered with just before.
    """
    app, slug = crawl.browser.application, endpoint_arguments["exercise"]
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        fits = rule.arguments <= endpoint_arguments.keys() and rule.arguments & PER_EXERCISE
        if fits and "GET" in (rule.methods or ()) and rule.endpoint not in NOT_OURS:
            if slug not in crawl.typical and rule.endpoint not in crawl.answered:
                continue
            seen = crawl.get(adapter.build(rule.endpoint, {name: endpoint_arguments[name] for name in rule.arguments}))
            if seen.status_code == 200 and "pdf" not in seen.content_type:
                crawl.answered.add(rule.endpoint)


def typical_of(course: Course) -> tuple[str, ...]:
    """Exercises that together have everything that exercises of a course have; all of them in the full proof."""
    known: set[tuple[str, object]] = set()
    found = []
    for slug in course.exercise_slugs:
        stored = course.exercises[slug].model_dump(mode="json")
        has = {(name, value if name in TOLD_APART else bool(value)) for name, value in stored.items()}
        if FULL or has - known:
            found.append(slug)
            known |= has
    return tuple(found)


TOLD_APART = {"kind", "feedback", "work"}
"""Fields whose values matter; of the others, whether there is something."""


def typical_first(crawl: Crawl, attempts: dict[str, int]) -> Iterator[tuple[str, int]]:
    crawl.answered.clear()
    return ((slug, attempts[slug]) for slug in sorted(attempts, key=lambda slug: slug not in crawl.typical))


def begin_all(crawl: Crawl) -> dict[str, int]:
    """Begin every exercise; the ids of the attempts."""
    attempts = {}
    for slug in crawl.course.exercise_slugs:
        crawl.get(f"/cohorts/1/exercises/{slug}?again=")
        begun = crawl.send("POST", f"/cohorts/1/exercises/{slug}")
        attempts[slug] = int(begun.location.rsplit("/", 1)[1])
    return attempts


def work_through(crawl: Crawl, slug: str, attempt_id: int) -> None:
    """Save good and bad things, and look at all pages of an exercise."""
    here = f"/attempts/{attempt_id}"
    with crawl.database.reading() as db:
        sheet = own_work(db, viewer_of(crawl.person), attempt_id).sheet
    fields = {name: answer_to(name, sheet) for name in sorted(sheet.names)[:200]}
    for number, body in enumerate(({n: t for n, t in fields.items() if t}, {"nothing": "1"}, {}), start=1):
        said = {"client": "leak", "seq": number, "base": 0, "fields": body}
        crawl.send("PATCH", here, json=said, accept="application/json")
    pages_of(crawl, {"cohort_id": 1, "exercise": slug, "attempt_id": attempt_id, "enrolment_id": 1})
    crawl.send("POST", here, data={"client": "form", "base": "0", "nothing": "1"})


def answer_to(name: str, sheet: Any) -> str:
    choices = sheet.choices.get(name)
    if choices:
        return str(list(choices)[-1])
    return "yes" if name in sheet.ticks else "1"


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("slug", SHIPPED_SLUGS)
def test_no_response_gives_anything_away(
    database: Database, alice: Person, bob: Person, client_of: Callable[[Person], FlaskClient], slug: str
) -> None:
    course, pictures = shipped()[slug]
    crawl = crawl_of(database, course, alice, bob, client_of(bob), pictures=pictures)
    assert crawl.secrets.count > 20 * len(crawl.course.exercise_slugs)  # otherwise this test looks for nothing
    read_everything(crawl)
    attempts = begin_all(crawl)
    for each, attempt_id in typical_first(crawl, attempts):
        work_through(crawl, each, attempt_id)
    crawl.look_for(lambda spec: spec.feedback != "at_once")
    hand_in_all(crawl, attempts)
    assert crawl.leaks == set()
    assert crawl.seen > 8 * len(attempts)
    assert crawl.papers >= 1
    crawl.look_for(common_only=True)
    release_all(crawl)
    look_after_hand_in(crawl, attempts)
    assert crawl.leaks == set()


def hand_in_all(crawl: Crawl, attempts: dict[str, int]) -> None:
    for attempt_id in attempts.values():
        crawl.send("POST", f"/attempts/{attempt_id}/hand-in")
    look_after_hand_in(crawl, attempts)


def look_after_hand_in(crawl: Crawl, attempts: dict[str, int]) -> None:
    for slug, attempt_id in typical_first(crawl, attempts):
        pages_of(crawl, {"cohort_id": 1, "exercise": slug, "attempt_id": attempt_id, "enrolment_id": 1})
    read_everything(crawl)


def release_all(crawl: Crawl) -> None:
    with crawl.database.transaction() as db:
        for assignment in db.scalars(select(Assignment)):
            assignment.released_at = clock.now()


# The canaries of the crawl


@pytest.fixture
def small(
    database: Database,
    alice: Person,
    bob: Person,
    client_of: Callable[[Person], FlaskClient],
    request: pytest.FixtureRequest,
) -> Callable[[], Crawl]:
    tag = request.node.name  # what is kept in memory is kept by the digest of a course: each test has one of its own
    hints = [{"id": "f", "text": "TEXT-of-the-hint"}]
    exercises = {"two": {**CHOICE, "note": "NOTE-of-two", "hints": hints}, "three": {**CHOICE, "title": tag}}

    def walk() -> Crawl:
        crawl = crawl_of(database, course_with(exercises), alice, bob, client_of(bob))
        read_everything(crawl)
        attempts = begin_all(crawl)
        for each, attempt_id in typical_first(crawl, attempts):
            work_through(crawl, each, attempt_id)
        hand_in_all(crawl, attempts)
        return crawl

    return walk


@pytest.mark.slow
def test_the_small_course_leaks_nothing(small: Callable[[], Crawl]) -> None:
    crawl = small()
    assert crawl.leaks == set()
    assert {"NOTE-of-two", "TEXT-of-the-hint", "WHY-c"} <= crawl.secrets.of["two"]


@pytest.mark.slow
def test_a_planted_kind_is_found_on_pages_and_paper(
    small: Callable[[], Crawl], monkeypatch: pytest.MonkeyPatch
) -> None:
    plant_a_leak(monkeypatch)
    found = {path for path, slug, secret in small().leaks if (slug, secret) == ("two", "WHY-ratio")}
    papers = {"/courses/leads/worksheets.pdf", "/record/answers.pdf"}
    assert {"/attempts/1", "/courses/leads/worksheets", *papers} <= found


@pytest.mark.slow
def test_a_policy_that_lets_everybody_look_is_found(
    small: Callable[[], Crawl], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.assessment.outcomes.may_see_result", lambda *_: True)
    assert {path for path, _, _ in small().leaks} == {"/attempts/1", "/attempts/2"}


@pytest.mark.slow
def test_hints_that_are_open_for_everybody_are_found(
    small: Callable[[], Crawl], monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(blocks: tuple[Block, ...], spec: Spec, _form: object) -> tuple[Block, ...]:
        shown = tuple(Paragraph(plain(hint.text)) for hint in spec.hints)
        return (*with_opened(blocks, spec, {}), *shown)

    monkeypatch.setattr("app.assessment.showing.with_opened", opened)
    assert {(path, secret) for path, _, secret in small().leaks} == {("/attempts/1", "TEXT-of-the-hint")}


def test_what_is_squeezed_and_marked_up_is_found_all_the_same() -> None:
    secrets = Secrets({"x": frozenset({"毛利率的分母是售价"})})
    for page in (
        "<p>毛利率的<b>分母</b>是 售价</p>",
        "毛利率的分母\n是售价",
        '<i title="毛利率的分母是售价">',
        json.dumps("x"),
    ):
        assert bool(secrets.in_text(page)) == ("毛利" in page)
