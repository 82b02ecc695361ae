"""Runs the product on one machine: the web server and the worker beside it, until Ctrl-C or until the web ends.

Standard library only: it imports nothing of the application, so that both parts load at the same time.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parents[1]
GRACE = 15.0
"""Seconds that a part has to end by itself: gunicorn's own limit for open requests is 10."""
WAIT_BEFORE_RESTART = 2.0


Part = subprocess.Popen[bytes]


class Stop(Exception):
    """Somebody asked for the end."""


def main() -> int:
    """Serve; returns the exit status of the web."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ask_to_stop)
    parts: dict[str, Part] = {}
    try:
        start_both(parts)
        watch(parts)
    except Stop:
        pass
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # whoever asks twice is already being served
    return end(parts)


def start_both(parts: dict[str, Part]) -> None:
    """The web, and the worker as soon as the web says that the tables it needs are there."""
    ready, say_ready = os.pipe()
    parts["web"] = start("start", "--ready-fd", str(say_ready), pass_fds=(say_ready,))
    os.close(say_ready)
    if os.read(ready, 1):
        parts["worker"] = start("worker")
    os.close(ready)


def start(*command: str, pass_fds: tuple[int, ...] = ()) -> Part:
    """A part of the product, in a process group of its own: Ctrl-C reaches it through us, in order."""
    line = [sys.executable, "-m", "flask", "--app", "wsgi", *command]
    return subprocess.Popen(line, cwd=ROOT, pass_fds=pass_fds, start_new_session=True)


def watch(parts: dict[str, Part]) -> None:
    """Stay until the web ends; start the worker again whenever it ends."""
    while parts["web"].poll() is None:
        if "worker" in parts and parts["worker"].poll() is not None:
            sys.stderr.write(f"The worker ended with status {parts['worker'].returncode}: starting it again.\n")
            time.sleep(WAIT_BEFORE_RESTART)
            parts["worker"] = start("worker")
        time.sleep(0.2)


def end(parts: dict[str, Part]) -> int:
    """End all parts; returns the status of the web, or 0 if it was we who ended it."""
    was_running = parts["web"].poll() is None
    for part in parts.values():
        if part.poll() is None:
            part.send_signal(signal.SIGTERM)
    for part in parts.values():
        try:
            part.wait(GRACE)
        except subprocess.TimeoutExpired:
            part.kill()
            part.wait()
    return 0 if was_running else parts["web"].returncode


def ask_to_stop(_number: int, _frame: FrameType | None) -> None:
    """End the wait, wherever it is."""
    raise Stop


if __name__ == "__main__":
    sys.exit(main())
