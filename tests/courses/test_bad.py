"""Every rule has a broken course, and says of it exactly what is expected."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli.places import problems_under
from app.courses.lint import timing
from tests.courses.samples import ROOT

BAD = ROOT / "tests/courses/bad"
CASES = sorted(path.name for path in BAD.iterdir())
LINT = ROOT / "app/courses/lint"
PLACE_OF_CODE = {"Finding": 1, "_stray": 1, "_unknown": 2, "_repeated": 2, "_compared": 1}
"""Which argument of which call is the code of a finding."""


@pytest.mark.parametrize("name", CASES)
def test_a_broken_course_has_its_problems(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    said = [problem.in_words("en") for problem in sorted(problems_under(Path("tests/courses/bad") / name))]
    assert said == (BAD / name / "problems.txt").read_text(encoding="utf-8").splitlines()


def codes_in(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in PLACE_OF_CODE:
            code = node.args[PLACE_OF_CODE[node.func.id]]
            if isinstance(code, ast.Constant):
                yield str(code.value)


def test_every_code_of_the_rules_is_in_a_broken_course() -> None:
    codes = {code for path in LINT.glob("*.py") for code in codes_in(path)} | set(timing._SLIPS)
    lines = [line for name in CASES for line in (BAD / name / "problems.txt").read_text(encoding="utf-8").splitlines()]
    assert len(codes) == 43
    assert codes - {line.split()[2].removesuffix(":") for line in lines} == set()
