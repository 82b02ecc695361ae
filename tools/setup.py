"""Sets the project up: virtual environment, pinned requirements, browser code and fonts, and what tests need.

`python3 tools/setup.py run|test|browser|postgresql|proofs`. Standard library only, and readable by old Pythons, which
it has to refuse in a sentence. While nothing has changed it does nothing, in a few hundredths of a second.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST = (3, 11)
REQUIREMENTS = {
    "run": ("requirements.txt",),
    "test": (  # the first names the others
        "requirements-dev.txt",
        "requirements-docs.txt",
        "requirements-postgresql.txt",
        "requirements-redis.txt",
        "requirements.txt",
    ),
}
SERVERS = {"initdb": "postgresql", "redis-server": "redis-server", "nginx": "nginx-light", "strace": "strace"}
"""What proofs of several nodes and of power cuts start. Those that find nothing to start are skipped, and say so."""
PACKAGES = {"chromium": "chromium", "pdftotext": "poppler-utils", "fc-list :lang=zh": "fonts-noto-cjk"}


class SetupError(Exception):
    """Why the project could not be set up, as a sentence for whoever ran it."""


def set_up(purpose: str) -> None:
    """Bring environment and assets to what the purpose, «run» or «test», needs."""
    refuse_old_python()
    if not is_fresh(purpose):
        make_environment()
        install(purpose)
        for done in ("run", purpose):  # what tests need is more than enough to run
            stamp_of(done).write_text(digest_of(done), encoding="utf-8")
    if subprocess.run([str(PYTHON), str(ROOT / "tools" / "assets.py"), "--quiet"], cwd=ROOT, check=False).returncode:
        raise SetupError("The browser code and fonts could not be built; the sentence above says why.")


def refuse_old_python() -> None:
    """Say which Python is needed, if this is not one."""
    if sys.version_info < OLDEST:
        have = ".".join(map(str, sys.version_info[:2]))
        raise SetupError(
            f"Python {have} is too old: install 3.11 or newer, and name it as in `make PYTHON=python3.12 run`."
        )


def digest_of(purpose: str) -> str:
    """A digest of all that the installed packages depend on."""
    total = hashlib.sha256(sys.version.encode())
    for name in REQUIREMENTS[purpose]:
        total.update((ROOT / name).read_bytes())
    return total.hexdigest()


def stamp_of(purpose: str) -> Path:
    """The file that says what was installed for a purpose."""
    return VENV / f".{purpose}-requirements"


def is_fresh(purpose: str) -> bool:
    """Whether the environment works and holds what is wanted."""
    stamp = stamp_of(purpose)
    return PYTHON.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == digest_of(purpose)


def make_environment() -> None:
    """Make the virtual environment unless there is a working one of this Python."""
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    if PYTHON.exists() and (VENV / "lib" / f"python{version}").exists():
        return
    if not os.access(ROOT, os.W_OK):
        raise SetupError(f"The folder {ROOT} is read-only: copy the project to a folder you may write to.")
    say("Making a virtual environment in .venv …")
    done = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(VENV)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SetupError(
            f"This Python cannot make virtual environments: install python{version}-venv, "
            "or use another Python with `make PYTHON=…`."
        )


def install(purpose: str) -> None:
    """Install the pinned requirements."""
    say(
        "Installing Python packages …"
        if purpose == "run"
        else "Installing Python packages and the tools of the tests …"
    )
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    command = [*pip, "--retries", "1", "--timeout", "20", "--requirement", REQUIREMENTS[purpose][0]]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SetupError(why_pip_failed(done.stderr))


def why_pip_failed(said: str) -> str:
    """The sentence for what pip said."""
    if "No space left" in said:
        return "The disk is full: free 1 GB and run again."
    errors = [line for line in said.splitlines() if line.startswith("ERROR")]
    unreachable = (
        "NewConnectionError",
        "ConnectTimeout",
        "resolve",
        "timed out",
        "Network is unreachable",
        "Connection ",
    )
    if any(word in said for word in unreachable):
        return "The Python package index cannot be reached: the first start needs the network. Connect and run again."
    return f"pip could not install the requirements: {errors[0] if errors else said.strip()[-300:]}"


def set_up_browser() -> None:
    """Chromium, poppler and a Chinese font, which the browser and PDF tests use."""
    install_packages([package for command, package in PACKAGES.items() if not is_there(command)])


def set_up_postgresql() -> None:
    """The server's programs, for tests that run on a cluster of their own."""
    install_packages([] if has_server("initdb") else ["postgresql"])


def set_up_proofs() -> None:
    """The servers that proofs start. Without them tests run all the same."""
    try:
        install_packages([package for program, package in SERVERS.items() if not has_server(program)])
    except SetupError as reason:
        say(f"Some proofs will be skipped. {reason}")


def has_server(program: str) -> bool:
    """Whether it is on the path, or where Debian hides those of PostgreSQL."""
    return is_there(program) or any(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))


def install_packages(missing: list[str]) -> None:
    """Install packages of the system where we may, or say which are missing."""
    if not missing:
        return
    names = " ".join(missing)
    if os.geteuid() or not shutil.which("apt-get"):
        raise SetupError(f"The tests need {names}: install them (on Debian: apt-get install {names}) and run again.")
    say(f"Installing {names} …")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing],
    ):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SetupError(
            f"apt-get could not install {names}: {done.stderr.strip().splitlines()[-1:] or done.returncode}"
        )


def is_there(command: str) -> bool:
    """Whether a program is on the path or, where it is given words, prints something."""
    program, *words = command.split()
    if not shutil.which(program):
        return False
    return not words or bool(subprocess.run([program, *words], capture_output=True, check=False).stdout)


def say(sentence: str) -> None:
    """Print at once, also into a pipe."""
    print(sentence, flush=True)


def main() -> int:
    """Set up for the purpose named on the command line; returns the exit status."""
    purpose = sys.argv[1] if len(sys.argv) > 1 else "run"
    started = time.monotonic()
    try:
        if purpose == "browser":
            set_up_browser()
        elif purpose == "postgresql":
            set_up_postgresql()
        elif purpose == "proofs":
            set_up_proofs()
        else:
            set_up(purpose)
    except SetupError as error:
        sys.stderr.write(f"setup: {error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(
            f"setup: {error.strerror}: {error.filename or ROOT}. Make the folder writable and run again.\n"
        )
        return 1
    if time.monotonic() - started > 3:
        say(f"Set up in {time.monotonic() - started:.0f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
