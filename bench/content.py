"""Checking and compiling the five-day course, beside reading its outline as bare YAML."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import yaml

from app.courses.files import read_files
from app.courses.loading import load_course
from app.courses.timetable import compile_timetable
from bench.lines import Line

ROOT = Path(__file__).parents[1]
SLUG = "key-account-ecosystem"
COLD = """
import time
from pathlib import Path
from bench.content import check_and_compile
started = time.perf_counter()
check_and_compile()
print((time.perf_counter() - started) * 1000)
"""


def lines() -> Iterator[Line]:
    """Cold in a new process whose imports are done, and unchanged in a warm one."""
    name = "outline as bare YAML, C loader"
    yield Line("check and compile, cold", "ms", "≤ 150 ms", _cold, _bare_yaml, name)
    yield Line("check and compile, unchanged", "ms", "≤ 10 ms", _unchanged, _bare_yaml, name)


def check_and_compile() -> None:
    """From the disk to a timetable; a course with errors raises."""
    loaded = load_course(read_files(ROOT), SLUG)
    if loaded.course is None:
        raise RuntimeError("\n".join(map(str, loaded.problems)))
    compile_timetable(loaded.course)


def _cold() -> float:
    done = subprocess.run([sys.executable, "-c", COLD], cwd=ROOT, capture_output=True, text=True, check=True)
    return float(done.stdout)


def _unchanged() -> float:
    check_and_compile()
    started = time.perf_counter()
    for _ in range(20):
        check_and_compile()
    return (time.perf_counter() - started) * 1000 / 20


def _bare_yaml() -> float:
    text = (ROOT / "courses" / SLUG / "outline.yaml").read_text(encoding="utf-8")
    started = time.perf_counter()
    for _ in range(5):
        yaml.load(text, Loader=yaml.CSafeLoader)
    return (time.perf_counter() - started) * 1000 / 5
