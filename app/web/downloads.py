"""What files are called that a browser keeps or shows: names that are fit for every system."""

from __future__ import annotations

import re
from urllib.parse import quote

from flask import Response

MOST_BYTES = 180
"""Of a name in a file's: archives are opened on systems that allow 255 bytes for all of it."""
_UNSEEN = r"\u061c\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\U000e0000-\U000e0fff"
_NO_FILE_NAME = re.compile(rf'[\x00-\x1f\x7f-\x9f\ud800-\udfff{_UNSEEN}\\/:*?"<>|]+')


def safe_name(text: str) -> str:
    """A text without what some system takes for a path, a device or nothing to see; cut to what all of them take."""
    name = " ".join(_NO_FILE_NAME.sub(" ", text).split())
    while len(name.encode()) > MOST_BYTES:
        name = name[:-1]
    return name.strip(". ")


def named(response: Response, name: str, ending: str, *, plain: str, inline: bool = False) -> Response:
    """The response as a file to keep or, `inline`, to show. RFC 6266: old browsers take the plain name."""
    full = quote(f"{safe_name(name) or plain}.{ending}", safe="")
    response.headers["Content-Disposition"] = (
        f"{'inline' if inline else 'attachment'}; filename=\"{plain}.{ending}\"; filename*=UTF-8''{full}"
    )
    return response
