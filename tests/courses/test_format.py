"""docs/en/format.md: its examples load, and it leaves no key and no code out. Its Chinese twin says the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from pydantic import BaseModel

from app.courses.files import SHIPPED, VOCABULARY
from app.courses.loading import load_root, load_vocabulary
from app.courses.outline import Outline
from app.courses.vocabulary import Vocabulary
from app.exercises import KINDS
from tests.courses.samples import ROOT
from tests.courses.test_bad import LINT, codes_in

TEXT = (ROOT / "docs/en/format.md").read_text(encoding="utf-8")
EXAMPLE = re.compile(r"^`([^`\n]+)`\n\n```(?:yaml|markdown)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
VOCABULARY_EXAMPLE = re.compile(r"```yaml\n(format: 1\ncategories:.*?)^```$", re.DOTALL | re.MULTILINE)


def keys_of(schema: Any) -> Iterator[str]:
    """Every key of a JSON schema's objects."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for value in schema.values():
            yield from keys_of(value)
    if isinstance(schema, list):
        for value in schema:
            yield from keys_of(value)


def undescribed(model: type[BaseModel]) -> set[str]:
    named = {name for word in re.findall(r"`([^`\n]+)`", TEXT) for name in re.split(r"[^\w-]+", word)}
    return set(keys_of(model.model_json_schema())) - named


def test_the_examples_are_a_root_without_problems() -> None:
    examples = {PurePosixPath(path): text.encode() for path, text in EXAMPLE.findall(TEXT)}
    assert len(examples) == len(KINDS) + 6  # an outline, two notes, a variant, a chain; hierarchy has two examples
    root = load_root({**examples, VOCABULARY: (SHIPPED / VOCABULARY).read_bytes()})
    assert [str(problem) for problem in root.problems] == []
    assert [loaded.slug for loaded in root.courses] == ["coffee"]
    assert {spec.kind for exercise in root.exercises if (spec := exercise.spec)} == set(KINDS)


def test_the_example_of_a_vocabulary_loads() -> None:
    found = VOCABULARY_EXAMPLE.findall(TEXT)
    assert len(found) == 1
    vocabulary, problems = load_vocabulary({VOCABULARY: found[0].encode()})
    assert (vocabulary is not None, problems) == (True, ())


def test_every_key_is_described() -> None:
    described = {"outline": undescribed(Outline), "vocabulary": undescribed(Vocabulary) - {"zh-CN", "en"}}
    described |= {name: undescribed(kind.Spec) - {"body"} for name, kind in KINDS.items()}
    assert {name: keys for name, keys in described.items() if keys} == {}


def test_every_code_of_the_rules_is_described() -> None:
    codes = {code for path in LINT.glob("*.py") for code in codes_in(path)}
    assert codes - set(re.findall(r"`([a-z0-9-]+)`", TEXT)) == set()
