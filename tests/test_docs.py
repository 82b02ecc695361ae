"""What the documentation says can be done: every command in it runs, every link in it leads somewhere."""

from __future__ import annotations

import os
import re
import secrets
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
CONSOLE = re.compile(r"```console\n(.*?)```", re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
SCHEDULED = re.compile(r"^[\d* /,-]{9,}cd \S+ && (?:nice )?(\.venv/bin/flask [^>|&#\n]*)", re.MULTILINE)
"""What a line of a crontab runs."""
OF_A_BACKUP = ("flask db verify", "flask db restore")
ELSEWHERE = {"flask start", "flask worker"}
"""Started, used and ended in test_start.py."""


def commands() -> set[str]:
    """Every command line of the documentation, without its comment."""
    lines = (
        line
        for page in PAGES
        for block in CONSOLE.findall(page.read_text(encoding="utf-8"))
        for line in block.splitlines()
    )
    scheduled = (command for page in PAGES for command in SCHEDULED.findall(page.read_text(encoding="utf-8")))
    return {line.partition("  #")[0].strip() for line in [*lines, *scheduled] if line.strip()}


def test_the_documentation_names_the_two_commands() -> None:
    assert {"make run", "make test"} <= commands()


@pytest.mark.parametrize("command", sorted(c for c in commands() if c.startswith("make ")))
def test_a_make_command_has_its_target(command: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{command.split()[1]}:", makefile, re.MULTILINE)


@pytest.mark.slow
@pytest.mark.parametrize("command", sorted(c for c in commands() if not c.startswith("make ")))
def test_a_command_runs(command: str, tmp_path: Path) -> None:
    words = shlex.split(command.removeprefix(".venv/bin/"))
    if any(command.removeprefix(".venv/bin/").startswith(name) for name in ELSEWHERE):
        pytest.skip("has a test of its own in test_start.py")
    words = [str(tmp_path / word) if word.startswith("build/") or word.endswith(".zip") else word for word in words]
    words = [word.replace("sqlite:///", f"sqlite:///{tmp_path}/") for word in words]
    environment = {**os.environ, "INSTANCE_PATH": str(tmp_path / "instance"), "SECRET_KEY": secrets.token_hex(32)}
    program = [sys.executable, "-m", *words]
    flask = [sys.executable, "-m", "flask", "db"]
    subprocess.run([*flask, "upgrade"], cwd=ROOT, env=environment, check=True, capture_output=True)
    if " ".join(words).startswith(OF_A_BACKUP):
        backup = [*flask, "backup", *(word for word in words if word.endswith(".zip"))]
        subprocess.run(backup, cwd=ROOT, env=environment, check=True, capture_output=True)
    done = subprocess.run(program, cwd=ROOT, env=environment, text=True, capture_output=True, check=False)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_proof_that_can_be_repeated_is_there(page: Path) -> None:
    named = re.findall(r"-m pytest (?:-\S+ (?:\d+ )?)*(tests/\S+)", page.read_text(encoding="utf-8"))
    assert [proof for proof in named if not (ROOT / proof).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    broken = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if not (page.parent / link).exists()]
    assert broken == []


def test_no_page_has_an_unfilled_figure() -> None:
    assert [page.name for page in PAGES if re.search(r"@[A-Z_]+@", page.read_text(encoding="utf-8"))] == []
