"""Where a page may send people afterwards: only inside this site."""

from __future__ import annotations

from urllib.parse import urlsplit


def safe_target(wanted: str | None, *, otherwise: str = "/") -> str:
    """The path and query of a wanted target, or `otherwise` for everything a browser could take for another site.

    Browsers drop tabs and line ends and read a backslash as a slash before they look for a host.
    """
    if not wanted or not wanted.startswith("/") or wanted[1:2] in {"/", "\\"}:
        return otherwise
    if "\\" in wanted or any(ord(char) <= 0x20 or 0x7F <= ord(char) <= 0x9F for char in wanted):
        return otherwise
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return otherwise
    if parts.scheme or parts.netloc or not parts.path.startswith("/") or parts.path.startswith("//"):
        return otherwise
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
