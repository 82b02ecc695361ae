"""The process that renders: gives what the renderer gives, is killed at its limits, is there again afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.documents import CannotPrint, Document, Limits, to_pdf
from app.documents.blocks import Chip, Chips, Paragraph, Picture, TextField, plain
from app.documents.pdf.child import ROOT, _ask, _Child, _child
from app.documents.pdf.rendering import render_pdf
from app.words import in_words

SMALL = Document("小", (Paragraph(plain("一段")), TextField("t", plain("理由"))), "zh-CN")
HUGE = Document("大", (Paragraph(plain("培训的目的是改变行为，" * 100_000)),), "zh-CN")


def refusal(document: Document, limits: Limits) -> str:
    with pytest.raises(CannotPrint) as refused:
        to_pdf(document, limits=limits)
    return in_words(refused.value.sentence, "en")


def test_the_child_gives_the_same_bytes() -> None:
    assert to_pdf(SMALL, {"t": "因为"}) == render_pdf(SMALL, {"t": "因为"})


def test_several_threads_may_ask_at_once() -> None:
    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(to_pdf, [SMALL] * 12)) == {render_pdf(SMALL)}


def test_a_document_that_takes_too_long_is_stopped_and_the_next_one_is_printed() -> None:
    assert refusal(HUGE, Limits(seconds=1)) == "Printing took longer than 1 seconds."
    assert to_pdf(SMALL) == render_pdf(SMALL)


def test_a_document_that_needs_too_much_memory_is_stopped_and_the_next_one_is_printed() -> None:
    assert refusal(HUGE, Limits(megabytes=120)) == "Printing needed more than 120 MB of memory."
    assert to_pdf(SMALL) == render_pdf(SMALL)


def test_a_missing_glyph_comes_through() -> None:
    broken = Document("坏", (Paragraph(plain("帆⛵")),), "zh-CN")
    assert refusal(broken, Limits()) == "missing glyph U+26F5 «⛵» in «帆⛵», under «坏»"


@pytest.mark.parametrize(
    "drawing",
    [
        'width="wide" height="1"',
        'width="inf" height="inf"',
        'width="nan" height="1"',
        'viewBox="0 0 1e308 1e308"',
        '><text font-size="large">a</text',
        '><rect x="calc(1px)" width="1" height="1"/',
        '><path d="M"/',
        '><polygon points="a b"/',
        '><line x2="5" stroke="red" stroke-dasharray="0"/',
        '><rect x="1e30" width="1e30" height="1e30"/',
        '><rect style="a:b:c" width="1" height="1"/',
    ],
)
def test_a_drawing_that_makes_no_sense_is_named(drawing: str) -> None:
    content = f'<svg xmlns="http://www.w3.org/2000/svg" {drawing}></svg>'.encode()
    picture = Picture("media/ring.svg", plain("圆"), content, "image/svg+xml")
    assert refusal(Document("图", (picture,), "zh-CN"), Limits()) == "The picture media/ring.svg cannot be read."


def test_a_child_that_somebody_kills_is_not_called_too_large() -> None:
    to_pdf(SMALL)
    assert _child.process is not None
    threading.Timer(0.3, _child.process.kill).start()
    assert refusal(HUGE, Limits()) == (
        "Printing was broken off from outside. Try again; the machine may be short of memory."
    )
    assert to_pdf(SMALL) == render_pdf(SMALL)


def test_a_mistake_of_ours_stays_loud_and_the_next_one_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    _child.stop()  # so that the next process writes its last words where the test reads them
    mistaken = Document("错", (Chips((Chip(plain("讲授"), "lecture", "blue", "presentation"),)),), "zh-CN")
    with pytest.raises(RuntimeError, match="the printing process ended with 1"):
        to_pdf(mistaken)
    assert "ValueError: invalid literal for int() with base 16" in capfd.readouterr().err
    assert to_pdf(SMALL) == render_pdf(SMALL)


def python(code: str) -> subprocess.Popen[bytes]:
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", code], stdin=pipe, stdout=pipe, stderr=pipe, cwd=ROOT)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"P" + bytes(7) + b"\x04%PDF", (b"P", b"%PDF")),
        (b"P" + bytes(7) + b"\x09%PDF", None),
        (b"P" + bytes(3), None),
        (b"", None),
    ],
)
def test_an_answer_that_breaks_off_is_none(answer: bytes, expected: tuple[bytes, bytes] | None) -> None:
    with python(f"import sys; sys.stdin.buffer.read(); sys.stdout.buffer.write({answer!r})") as process:
        assert process.stdin is not None
        threading.Timer(0.1, process.stdin.close).start()
        assert _ask(process, b"question") == expected


def test_a_child_that_never_read_its_question_can_be_ended() -> None:
    child = _Child()
    with python("") as process:
        child.process, child.parent = process, os.getpid()
        process.wait()
        assert _ask(process, b"question") is None
        child.stop()
    assert child.process is None


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="only Linux shows the environment of a process")
def test_the_child_is_told_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LANG", "SECRET_KEY", "DATABASE_URL"):
        monkeypatch.setenv(name, "C.UTF-8")
    _child.stop()
    to_pdf(SMALL)
    assert _child.process is not None
    environment = Path(f"/proc/{_child.process.pid}/environ").read_bytes().rstrip(b"\0").split(b"\0")
    assert {entry.partition(b"=")[0] for entry in environment} == {b"PATH", b"LANG", b"PYTHONPATH"}


@pytest.mark.parametrize(
    "call", ["socket.socket()", "socket.getaddrinfo('localhost', 80)", "socket.gethostbyname('localhost')"]
)
def test_the_process_that_prints_reaches_no_network(call: str) -> None:
    with python(f"import socket; from app.documents.pdf.__main__ import main; main(); {call}") as process:
        _, told = process.communicate()
    assert (process.returncode, told.decode().splitlines()[-1][:24]) == (1, "PermissionError: socket.")


def test_no_limit_is_set_above_one_that_the_process_was_started_under() -> None:
    code = """
import resource
from app.documents.pdf.__main__ import _cap
resource.setrlimit(resource.RLIMIT_CPU, (40, 50))
for most in (30, 60):
    _cap(resource.RLIMIT_CPU, most)
    print(*resource.getrlimit(resource.RLIMIT_CPU))
"""
    with python(code) as process:
        assert process.communicate() == (b"30 50\n50 50\n", b"")
