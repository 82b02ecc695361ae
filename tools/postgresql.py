"""Runs a command on a PostgreSQL cluster of its own: `python tools/postgresql.py COMMAND …`.

The cluster is made from the system's binaries in a temporary folder, listens on loopback only, belongs to a user
without rights, and is gone afterwards. The command finds it in TEST_DATABASE_URL. Standard library only.
"""

from __future__ import annotations

import os
import pwd
import random
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

UNPRIVILEGED = ("postgres", "nobody")
"""Users to run the server as where we are root, which PostgreSQL refuses to be."""
FOR_TESTS = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=200",
    "coursewright.thrown_away=on",  # by which the product knows, and does not refuse the settings above
)
"""Nothing in it is worth keeping."""
DURABLE = ("fsync=on", "synchronous_commit=on", "full_page_writes=on", "max_connections=200")
"""As in production: for proofs of what survives."""
NEVER_GIVEN = range(12_000, 32_000)
"""Ports below those that systems choose from for whoever calls."""


class NoCluster(Exception):
    """Why there is no cluster, as a sentence for whoever asked for one."""


@dataclass(frozen=True)
class Cluster:
    """A running server, to be restarted under whoever uses it."""

    url: str
    binaries: Path
    owner: str | None
    store: Path
    options: str

    def start(self) -> None:
        """Returns when it takes connections."""
        log = self.store.with_name("log")
        self._control("-w", "-l", log, "-o", self.options, "start")

    def stop(self, mode: Literal["fast", "immediate"]) -> None:
        """«fast» ends every connection and writes everything down; «immediate» is a crash."""
        self._control("-m", mode, "-w", "stop")

    def restart(self, mode: Literal["fast", "immediate"]) -> None:
        """Returns when it takes connections again, after a crash with its log replayed."""
        self.stop(mode)
        self.start()

    def _control(self, *words: object) -> None:
        run(self.owner, self.binaries / "pg_ctl", "-D", self.store, *words)


@contextmanager
def cluster(settings: Sequence[str] = FOR_TESTS) -> Iterator[Cluster]:
    """An empty database on a server of its own, for as long as the block lasts. Raises NoCluster."""
    binaries, owner = find_binaries(), unprivileged_user()
    with tempfile.TemporaryDirectory(prefix="cluster-") as folder:
        place = Path(folder)
        if owner:
            shutil.chown(place, owner)
        store, port = place / "store", free_port()
        run(owner, binaries / "initdb", "-D", store, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale")
        options = " ".join(f"-c {setting}" for setting in settings)
        listening = f"-c listen_addresses=127.0.0.1 -c unix_socket_directories='' -p {port}"
        url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        made = Cluster(url, binaries, owner, store, f"{listening} {options}")
        made.start()
        try:
            yield made
        finally:
            made.stop("immediate")


def find_binaries() -> Path:
    """The folder of `initdb` and `pg_ctl`: on the path, or where Debian puts them, the newest version."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if not folders:
        raise NoCluster("There is no PostgreSQL here: install its server (on Debian: apt-get install postgresql).")
    return folders[-1]


def unprivileged_user() -> str | None:
    """Whom to run the server as; None for ourselves."""
    if os.geteuid():
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = next((name for name in UNPRIVILEGED if name in names), None)
    if user is None:
        raise NoCluster("PostgreSQL does not run as root, and there is no user «postgres» or «nobody».")
    return user


def free_port() -> int:
    """A port of loopback that nobody listens on, and that the system gives to nobody who calls.

    A server that is being started, or killed and started again, would find one of those taken now and then.
    """
    for port in random.SystemRandom().sample(NEVER_GIVEN, 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError("every port that was tried is in use")


def run(owner: str | None, program: Path, *words: object) -> None:
    """Run a program of PostgreSQL as its user. Raises NoCluster with what it said."""
    as_owner = {"user": owner, "group": pwd.getpwnam(owner).pw_gid, "extra_groups": ()} if owner else {}
    with tempfile.TemporaryFile("w+") as said:  # not a pipe: the server keeps it open, and we would wait for its end
        command = [str(program), *map(str, words)]
        done = subprocess.run(command, cwd="/", stdout=said, stderr=subprocess.STDOUT, check=False, **as_owner)  # type: ignore[call-overload]
        said.seek(0)
        if done.returncode:
            raise NoCluster(f"{program.name} failed: {said.read().strip()[-400:]}")


def main(command: Sequence[str]) -> int:
    """Run the command; its exit code, or 2 where there is no cluster."""
    try:
        with cluster() as made:
            return subprocess.run(command, env={**os.environ, "TEST_DATABASE_URL": made.url}, check=False).returncode
    except NoCluster as reason:
        sys.stderr.write(f"{reason}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
