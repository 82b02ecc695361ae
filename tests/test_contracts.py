"""The import contracts hold, and find what they are there to find: planted imports fail them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LAYERS, PURE, KINDS, CYCLES, PRINTER, PAPER = (
    "Each part imports only the parts below it",
    "Content code knows neither the web, the database nor the clock",
    "Exercise kinds do not know each other",
    "No cycles, at any depth",
    "ReportLab is known to documents.pdf alone",
    "Others know the documents, not how they are printed",
)
PLANTED = (
    ("app/accounts/planted.py", "import app.catalogue.models", LAYERS),
    ("app/assessment/planted.py", "import app.marking.queries", LAYERS),
    ("app/documents/planted.py", "import app.courses.outline", LAYERS),
    ("app/planted/__init__.py", "", LAYERS),
    ("app/courses/planted.py", "import flask", PURE),
    ("app/documents/planted.py", "import sqlalchemy", PURE),
    ("app/exercises/planted.py", "import app.clock", PURE),
    ("app/exercises/kinds/hierarchy/planted.py", "import app.exercises.kinds.calculation", KINDS),
    ("app/courses/lint/planted.py", "import app.courses.loading", CYCLES),
    ("app/catalogue/planted.py", "import reportlab", PRINTER),
    ("app/documents/planted.py", "import reportlab.pdfgen", PRINTER),
    ("app/documents/planted.py", "import svglib.svglib", PRINTER),
    ("app/courses/planted.py", "import app.documents.pdf.pen", PAPER),
)


def broken_contracts(folder: Path) -> list[str]:
    """The names of the contracts that a copy of the project breaks."""
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False)
    told = done.stdout + done.stderr
    assert "Contracts" in told, told  # it ran to its end
    names = (LAYERS, PURE, KINDS, CYCLES, PRINTER, PAPER)
    return [name for name in names if f"{name} BROKEN" in told]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "app", tmp_path / "app", ignore=shutil.ignore_patterns("__pycache__", "fonts", "built"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.mark.slow
def test_contracts_hold_as_the_code_stands(copy: Path) -> None:
    assert broken_contracts(copy) == []


@pytest.mark.slow
@pytest.mark.parametrize(("name", "text", "contract"), PLANTED)
def test_a_planted_import_is_found(copy: Path, name: str, text: str, contract: str) -> None:
    path = copy / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{text}\n", encoding="utf-8")
    if contract == CYCLES:  # the other half of the knot
        loading = copy / "app/courses/loading.py"
        loading.write_text(
            loading.read_text(encoding="utf-8") + "\nimport app.courses.lint.planted\n", encoding="utf-8"
        )
    assert contract in broken_contracts(copy)
