"""The import contracts hold, and find what they are there to find: planted imports fail them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PLANTED = {
    "a lower part imports a higher one": ("app/accounts/planted.py", "import app.catalogue.models"),
    "content code imports Flask": ("app/courses/planted.py", "import flask"),
    "content code imports SQLAlchemy": ("app/documents/planted.py", "import sqlalchemy"),
    "one kind imports another": ("app/exercises/kinds/hierarchy/planted.py", "import app.exercises.kinds.calculation"),
    "a feature imports ReportLab": ("app/catalogue/planted.py", "import reportlab"),
    "a new package has no place": ("app/planted/__init__.py", ""),
    "siblings import each other": ("app/documents/planted.py", "import app.courses.outline"),
}


def contracts_hold(folder: Path) -> bool:
    """Whether all contracts are kept in a copy of the project."""
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run([program, "--no-cache"], cwd=folder, capture_output=True, check=False).returncode == 0


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "app", tmp_path / "app", ignore=shutil.ignore_patterns("__pycache__", "fonts", "built"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.mark.slow
def test_contracts_hold_as_the_code_stands(copy: Path) -> None:
    assert contracts_hold(copy)


@pytest.mark.slow
@pytest.mark.parametrize("what", PLANTED)
def test_a_planted_import_is_found(copy: Path, what: str) -> None:
    name, text = PLANTED[what]
    path = copy / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{text}\n", encoding="utf-8")
    assert not contracts_hold(copy)
