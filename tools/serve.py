"""Runs the product on one machine: the web server and the worker beside it, until Ctrl-C or until the web gives up.

Standard library only: it imports nothing of the application, so that both parts load at the same time.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
GRACE = 15.0
"""Seconds that a part has to end by itself: open requests have 10 of them."""
COMMANDS = {"web": "start", "worker": "worker"}
WAIT_BEFORE_RESTART = {"web": 0.2, "worker": 2.0}
"""Seconds. People wait for the web; what ended the worker may need a moment to pass."""
LOOK_EVERY = 0.2

Part = subprocess.Popen[bytes]


def main() -> int:
    """Serve; returns the exit status of the web."""
    asked = threading.Event()  # a flag and no exception: one raised while a part is being started would lose it
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: asked.set())
    parts: dict[str, Part] = {}
    start_both(parts, asked)
    watch(parts, asked)
    return end(parts)


def start_both(parts: dict[str, Part], asked: threading.Event) -> None:
    """The web, and the worker as soon as the web says that the tables it needs are there."""
    ready, say_ready = os.pipe()
    parts["web"] = start("start", "--ready-fd", str(say_ready), pass_fds=(say_ready,))
    os.close(say_ready)
    while not asked.is_set():
        if select.select([ready], [], [], LOOK_EVERY)[0]:
            if os.read(ready, 1):  # nothing, if the web has ended instead
                parts["worker"] = start("worker")
            break
    os.close(ready)


def start(*command: str, pass_fds: tuple[int, ...] = ()) -> Part:
    """A part of the product, in a process group of its own: Ctrl-C reaches it through us, in order."""
    line = [sys.executable, "-m", "flask", "--app", "wsgi", *command]
    return subprocess.Popen(line, cwd=ROOT, pass_fds=pass_fds, start_new_session=True)


def watch(parts: dict[str, Part], asked: threading.Event) -> None:
    """Stay until the web ends by itself or the end is asked for; start again whatever was killed, and the worker."""
    while not asked.wait(LOOK_EVERY):
        for name, part in parts.items():
            status = part.poll()
            if status is None:
                continue
            if name == "web" and status >= 0:
                return
            sys.stderr.write(f"The {name} ended with status {status}: starting it again.\n")
            clear_away(part)
            if not asked.wait(WAIT_BEFORE_RESTART[name]):
                parts[name] = start(COMMANDS[name])


def clear_away(part: Part) -> None:
    """End what a killed part left behind: processes of a killed server still hold its port."""
    with suppress(ProcessLookupError):
        os.killpg(part.pid, signal.SIGKILL)


def end(parts: dict[str, Part]) -> int:
    """End all parts; returns the status of the web, or 0 if it was we who ended it."""
    was_running = parts["web"].poll() is None
    for part in parts.values():
        if part.poll() is None:
            part.send_signal(signal.SIGTERM)
    until = time.monotonic() + GRACE
    for part in parts.values():
        try:
            part.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            part.kill()
            part.wait()
    return 0 if was_running else parts["web"].returncode


if __name__ == "__main__":
    sys.exit(main())
