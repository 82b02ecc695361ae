"""What holds for the tree of files as a whole."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
DANGEROUS_IN_PYTHON = re.compile(
    r"\b(render_template_string|from_string|mark_safe|extractall|unpack_archive|populate_obj|yaml\.load|yaml\.unsafe_load)\b"
)
DANGEROUS_IN_TEMPLATES = re.compile(r"\|\s*safe\b|autoescape\s+false|<script(?![^>]*\bsrc=)[^>]*>|\son\w+=|\sstyle=")
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|root|farm)/[a-z]|\.\./shared")


def tracked(*suffixes: str) -> Iterator[Path]:
    """The files that belong to the project: tracked, or new and not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in listed.stdout.decode().split("\0"):
        path = ROOT / name
        if name and path.is_file() and (not suffixes or path.suffix in suffixes):
            yield path


def test_the_package_says_nothing_at_its_top() -> None:
    assert (ROOT / "app/__init__.py").read_text(encoding="utf-8") == ""


def test_content_and_code_are_apart() -> None:
    assert [p for folder in ("courses", "exercises") for p in (ROOT / folder).rglob("*.py")] == []


def test_every_module_says_what_it_knows() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in tracked(".py")
        if path.is_relative_to(ROOT / "app")
        and path.stat().st_size
        and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []


def test_files_stay_short() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in tracked(".py")
        if path.is_relative_to(ROOT / "app") and (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert long == {}


def test_one_place_commits() -> None:
    commits = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "app").rglob("*.py")
        if re.search(r"(?<!super\(\)\.)\bcommit\(\)", path.read_text(encoding="utf-8"))
    ]
    assert commits == ["app/web/transactions.py"]


def test_dangerous_calls_are_nowhere() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in (ROOT / "app").rglob("*.py")
        for match in DANGEROUS_IN_PYTHON.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_templates_trust_nothing_and_hold_no_script() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in (ROOT / "app").rglob("*.html")
        for match in DANGEROUS_IN_TEMPLATES.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_the_search_for_dangerous_templates_finds_them() -> None:
    bad = ["{{ x | safe }}", "<p style='a'>", "<a onclick='x'>", "<script>1</script>", "{% autoescape false %}"]
    assert [sample for sample in bad if not DANGEROUS_IN_TEMPLATES.search(sample)] == []


def test_no_file_names_a_machine() -> None:
    own = Path(__file__)
    found = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if path != own
        and path.stat().st_size < 2_000_000
        and MACHINE_PATH.search(path.read_text("utf-8", errors="ignore"))
    ]
    assert found == []


def test_nothing_large_is_committed() -> None:
    assert [str(path.relative_to(ROOT)) for path in tracked() if path.stat().st_size > 600_000] == []
