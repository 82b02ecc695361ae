"""A small closed-loop HTTP client on raw asyncio streams, and the CPU time that a tree of processes has used."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
CONNECTIONS = 8


def cpu_seconds(root: int) -> float:
    """CPU seconds used so far by a process and all below it, ended children included."""
    parents: dict[int, int] = {}
    ticks: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            fields = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:  # ended in between
            continue
        parents[int(folder.name)], ticks[int(folder.name)] = int(fields[1]), sum(map(int, fields[11:15]))
    return sum(used for pid, used in ticks.items() if _is_below(pid, root, parents)) / TICK


def memory_of_largest_child(root: int) -> float:
    """Resident megabytes of the largest process directly below one: a worker of gunicorn's."""
    return max(memory_of_children(root).values(), default=0.0)


def memory_of_children(root: int, field: str = "VmRSS") -> dict[int, float]:
    """Megabytes of each process directly below one. «RssAnon» is without what a database file has mapped."""
    sizes = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                status = (folder / "status").read_text(encoding="utf-8")
            except OSError:
                continue
            lines = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
            if int(lines["PPid"]) == root and field in lines:
                sizes[int(folder.name)] = int(lines[field].split()[0]) / 1024
    return sizes


def memory_while(root: int, work: Callable[[], object]) -> float:
    """The most that a process directly below one takes, seen every 20 ms of the work; without mapped files."""
    ended, most = threading.Event(), [0.0]

    def look() -> None:
        while not ended.wait(0.02):
            most[0] = max(most[0], *memory_of_children(root, "RssAnon").values())

    watching = threading.Thread(target=look)
    watching.start()
    try:
        work()
    finally:
        ended.set()
        watching.join()
    return most[0]


def _is_below(pid: int, root: int, parents: dict[int, int]) -> bool:
    while pid != root and pid in parents:
        pid = parents[pid]
    return pid == root


@dataclass(frozen=True)
class Request:
    """One request and the status that it must be answered with."""

    path: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    status: int = 200
    needle: bytes = b""

    def wire(self, port: int) -> bytes:
        address = f"127.0.0.1:{port}"
        named = {"Host": address, "Origin": f"http://{address}", "Referer": f"http://{address}/", **self.headers}
        if self.method != "GET":
            named["Content-Length"] = str(len(self.body))
        head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
        return f"{self.method} {self.path} HTTP/1.1\r\n{head}\r\n".encode() + self.body


def cpu_ms_a_request(
    port: int, path: str, *, pid: int, cookie: str = "", needle: bytes = b"", count: int = 1500
) -> float:
    """Server CPU milliseconds a GET, over `count` requests on eight connections; a wrong answer raises."""
    asked = Request(path, headers={"Cookie": cookie} if cookie else {}, needle=needle)
    cpu_ms_of(port, [asked] * max(1, count // 10), pid=pid)  # warm
    return cpu_ms_of(port, [asked] * count, pid=pid)


def cpu_ms_of(port: int, requests: Sequence[Request], *, pid: int) -> float:
    """Server CPU milliseconds a request, over these requests on eight connections; a wrong answer raises."""
    before = cpu_seconds(pid)
    asyncio.run(_drive(port, requests))
    return (cpu_seconds(pid) - before) * 1000 / len(requests)


async def _drive(port: int, requests: Sequence[Request]) -> None:
    shares = (requests[number::CONNECTIONS] for number in range(CONNECTIONS))
    await asyncio.gather(*(_connection(port, share) for share in shares if share))


async def _connection(port: int, requests: Sequence[Request]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 24)
    for asked in requests:
        writer.write(asked.wire(port))
        answer = await reader.readuntil(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in answer.split(b"\r\n")[1:] if b": " in line)
        body = await _body(reader, fields)
        if int(answer[9:12]) != asked.status or asked.needle not in body:
            raise RuntimeError(f"{asked.method} {asked.path}: {answer[:60]!r} {body[:200]!r} without {asked.needle!r}")
        if fields.get(b"connection") == b"close":
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 24)
    writer.close()


async def _body(reader: asyncio.StreamReader, fields: Mapping[bytes, bytes]) -> bytes:
    if fields.get(b"transfer-encoding") != b"chunked":
        return await reader.readexactly(int(fields.get(b"content-length", b"0")))
    pieces = []
    while size := int(await reader.readuntil(b"\r\n"), 16):
        pieces.append((await reader.readexactly(size + 2))[:-2])
    await reader.readexactly(2)
    return b"".join(pieces)
