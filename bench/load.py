"""A small closed-loop HTTP client on raw asyncio streams, and the CPU time that a tree of processes has used."""

from __future__ import annotations

import asyncio
import os
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
    sizes = [0.0]
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                status = (folder / "status").read_text(encoding="utf-8")
            except OSError:
                continue
            lines = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
            if int(lines["PPid"]) == root and "VmRSS" in lines:
                sizes.append(int(lines["VmRSS"].split()[0]) / 1024)
    return max(sizes)


def _is_below(pid: int, root: int, parents: dict[int, int]) -> bool:
    while pid != root and pid in parents:
        pid = parents[pid]
    return pid == root


def cpu_ms_a_request(
    port: int, path: str, *, pid: int, cookie: str = "", needle: bytes = b"", count: int = 1500
) -> float:
    """Server CPU milliseconds a GET, over `count` requests on eight connections; a wrong answer raises."""
    asyncio.run(_drive(port, path, cookie, needle, max(1, count // 10)))  # warm
    before = cpu_seconds(pid)
    asyncio.run(_drive(port, path, cookie, needle, count))
    return (cpu_seconds(pid) - before) * 1000 / count


async def _drive(port: int, path: str, cookie: str, needle: bytes, count: int) -> None:
    each = [count // CONNECTIONS + (1 if n < count % CONNECTIONS else 0) for n in range(CONNECTIONS)]
    await asyncio.gather(*(_connection(port, path, cookie, needle, n) for n in each if n))


async def _connection(port: int, path: str, cookie: str, needle: bytes, count: int) -> None:
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n" + (f"Cookie: {cookie}\r\n" if cookie else "") + "\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 24)
    for _ in range(count):
        writer.write(head.encode())
        answer = await reader.readuntil(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in answer.split(b"\r\n")[1:] if b": " in line)
        body = await reader.readexactly(int(fields.get(b"content-length", b"0")))
        if b" 200 " not in answer[:20] or needle not in body:
            raise RuntimeError(f"GET {path}: {answer[:60]!r} without {needle!r}")
        if fields.get(b"connection") == b"close":
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 24)
    writer.close()
