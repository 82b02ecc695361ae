"""Several nodes as compose.yaml has them: two that serve, a worker, PostgreSQL, Redis, and the proxy as shipped."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import signal
import subprocess
import threading
import time
import urllib.parse
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from bench.room import Desk
from bench.servers import wait_for
from tests.survival.load import browser_headers
from tests.survival.rig import ENDS_WITHIN, ROOT, Product, children_of
from tools.postgresql import DURABLE, Cluster, cluster, free_port

TOOLS = ("nginx", "redis-server", "initdb")
PACKAGES = "nginx-light redis-server postgresql"


@dataclass
class Redis:
    """A server that keeps nothing, started and ended at will."""

    folder: Path
    port: int = field(default_factory=free_port)
    server: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self.server = quietly(*command, "--dir", str(self.folder))
        wait_for(self.port)

    def stop(self) -> None:
        if self.server:
            end(self.server, signal.SIGTERM)
        self.server = None


@dataclass(frozen=True)
class Nodes:
    """The deployment. The first node's product has the worker, which is a process of its own."""

    proxy: int
    nodes: tuple[Product, Product]
    redis: Redis
    cluster: Cluster
    proxy_pid: int

    def used(self) -> dict[str, float]:
        """Seconds of processor time that each part has taken so far."""
        database = (self.cluster.store / "postmaster.pid").read_text(encoding="ascii").split()[0]
        parts = {
            "web": [node.running["web"].pid for node in self.nodes],
            "database": [int(database)],
            "proxy": [self.proxy_pid],
            "redis": [self.redis.server.pid] if self.redis.server else [],
            "worker": [self.nodes[0].running["worker"].pid],
        }
        return {part: sum(map(time_of, pids)) for part, pids in parts.items()}

    def restart(self, number: int) -> None:
        """One node as in a rolling restart: told to end, waited for, started, and ready before the next one's turn."""
        leave(self.nodes[number], "web")
        self.nodes[number].start()

    def restart_worker(self) -> None:
        leave(self.nodes[0], "worker")
        self.nodes[0].start()


@contextmanager
def several_nodes(
    folder: Path, *, settings: dict[str, str] | None = None, proxy: str = "", application: str = "wsgi"
) -> Iterator[Nodes]:
    """All of it, started and ready. `proxy`: another configuration than the one that is shipped."""
    with ExitStack() as stack:
        database = stack.enter_context(cluster(DURABLE))
        redis = Redis(folder)
        stack.callback(redis.stop)
        redis.start()
        port = free_port()
        shared = {
            "COURSEWRIGHT_REDIS_URL": redis.url,
            "COURSEWRIGHT_PROXIES": "1",
            "COURSEWRIGHT_PUBLIC_URL": f"http://127.0.0.1:{port}",
            **(settings or {}),
        }
        url = database.url.replace("postgresql://", "postgresql+psycopg://")
        first, second = (node_in(folder / name, url, shared, with_worker=name == "one") for name in ("one", "two"))
        second.key = first.key
        second.instance.mkdir(parents=True)
        first.instance.mkdir(parents=True)
        (second.instance / "files").symlink_to(first.instance / "files")  # one folder for all nodes
        (first.instance / "files").mkdir()
        for product in (first, second):
            product.application = application
            stack.callback(product.stop)
            product.start()
        proxy_pid = stack.enter_context(proxied(folder, port, (first.port, second.port), proxy or shipped_proxy()))
        yield Nodes(port, (first, second), redis, database, proxy_pid)


def time_of(pid: int) -> float:
    """Seconds of processor time of a process, of what it started, and of what of that has ended."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, told[11:15])) / os.sysconf("SC_CLK_TCK") + sum(map(time_of, children_of(pid)))


def node_in(folder: Path, url: str, settings: dict[str, str], *, with_worker: bool) -> Product:
    folder.mkdir(parents=True)
    return Product(folder, url, free_port(), settings, with_worker=with_worker)


def shipped_proxy() -> str:
    """The configuration that compose.yaml mounts."""
    return (ROOT / "deploy/nginx.conf").read_text(encoding="utf-8")


def for_loopback(text: str, folder: Path, port: int, nodes: Sequence[int]) -> str:
    """A configuration with other ports and folders; everything else as it is."""
    for number, node in enumerate(nodes, 1):
        text = replaced(text, f"server web{number}:8000 ", f"server 127.0.0.1:{node} ")
    text = replaced(text, "listen 80;", f"listen 127.0.0.1:{port};")
    text = replaced(text, "/run/nginx.pid", f"{folder}/nginx.pid")
    text = replaced(text, "error_log /dev/stderr crit;", f"error_log {folder}/nginx.log warn;")
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    own = "".join(f"    {kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    return replaced(text, "http {\n", f"http {{\n{own}")


def replaced(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, f"{old!r} stands there {text.count(old)} times"
    return text.replace(old, new)


@contextmanager
def proxied(folder: Path, port: int, nodes: Sequence[int], text: str) -> Iterator[int]:
    """The proxy, in front of the nodes."""
    own = folder / "proxy"
    own.mkdir()
    own.chmod(0o777)  # its processes run as somebody else where we are root
    file = own / "nginx.conf"
    file.write_text(for_loopback(text, own, port, nodes), encoding="utf-8")
    with opened_to_all(own):
        subprocess.run(["nginx", "-t", "-c", str(file)], check=True, capture_output=True)
        server = quietly("nginx", "-c", str(file), "-g", "daemon off;")
        try:
            wait_for(port)
            yield server.pid
        finally:
            end(server, signal.SIGTERM)


@contextmanager
def opened_to_all(folder: Path) -> Iterator[None]:
    """Let nginx's own user through to a folder below one that only we may enter."""
    closed = [place for place in folder.parents if place.stat().st_mode & 0o005 != 0o005 and place.owner() == me()]
    modes = [(place, place.stat().st_mode & 0o777) for place in closed]
    for place, mode in modes:
        place.chmod(mode | 0o001)
    try:
        yield
    finally:
        for place, mode in modes:
            place.chmod(mode)


def me() -> str:
    return Path("/proc/self").owner()


def quietly(*command: str) -> subprocess.Popen[bytes]:
    """A program in a group of its own, whose words go nowhere."""
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(command, cwd="/", start_new_session=True, **quiet)  # type: ignore[call-overload,no-any-return]


def end(program: subprocess.Popen[bytes], how: signal.Signals) -> int:
    """Tell it to end, then end its whole group; its status."""
    with suppress(ProcessLookupError):
        os.kill(program.pid, how)
    try:
        return program.wait(ENDS_WITHIN)
    except subprocess.TimeoutExpired:
        os.killpg(program.pid, signal.SIGKILL)
        return program.wait(ENDS_WITHIN)


def leave(product: Product, part: str) -> float:
    """End a part of a node in order; seconds that it took. AssertionError where it was not in order."""
    since, program = time.monotonic(), product.running[part]
    program.send_signal(signal.SIGTERM)
    assert program.wait(ENDS_WITHIN) == 0, product.log(part)[-2000:]
    return time.monotonic() - since


def missing_tools(*needed: str) -> str:
    """Why a proof cannot run here; nothing where it can. Without names, all that several nodes need."""
    servers = Path("/usr/lib/postgresql")
    missing = [tool for tool in needed or TOOLS if not shutil.which(tool) and not [*servers.glob(f"*/bin/{tool}")]]
    return f"not installed: {', '.join(missing)} (on Debian: apt-get install {PACKAGES})" if missing else ""


@dataclass
class Visits:
    """What browsers without a worksheet got: by status, or by the name of a broken connection."""

    got: Counter[str] = field(default_factory=Counter)

    def bad(self) -> dict[str, int]:
        return {what: times for what, times in self.got.items() if not re.fullmatch(r"[1-4]\d\d", what)}


@contextmanager
def visiting(port: int, desk: Desk, *, pause: float = 0.05) -> Iterator[Visits]:
    """Somebody who looks at pages and sends forms, each time over a connection of its own."""
    visits, stopped = Visits(), threading.Event()
    form = {**browser_headers(desk, port), "Content-Type": "application/x-www-form-urlencoded"}
    asked = (("GET", "/courses", None), ("POST", "/language", urllib.parse.urlencode({"language": "en", "next": "/"})))

    def visit() -> None:
        number = 0
        while not stopped.wait(pause):
            method, path, body = asked[number % len(asked)]
            number += 1
            visits.got[one_visit(port, method, path, body, form)] += 1

    thread = threading.Thread(target=visit, daemon=True)
    thread.start()
    try:
        yield visits
    finally:
        stopped.set()
        thread.join(60)


def one_visit(port: int, method: str, path: str, body: str | None, headers: dict[str, str]) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException) as trouble:
        return type(trouble).__name__
    finally:
        connection.close()
    return str(answer.status)
