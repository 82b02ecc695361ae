"""The built scripts, styles and drawings: how pages name them and how browsers keep them."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from functools import cached_property, lru_cache
from mimetypes import guess_type
from pathlib import Path

from flask import Flask, Response, request, send_from_directory

from app.web.guards import public
from app.web.typography import phrases

BUILT = Path(__file__).parent / "static" / "built"
YEAR = 365 * 24 * 60 * 60  # seconds


class AssetsMissing(LookupError):
    """An asset was asked for that is not built."""


@dataclass(frozen=True)
class Manifest:
    """Which file an asset is in; read again when it was built again."""

    folder: Path = BUILT

    def file_of(self, name: str) -> str:
        """The file, with a hash of its content in its name, of an asset like «app.css». Raises AssetsMissing."""
        try:
            return self._files()[name]
        except KeyError:
            raise AssetsMissing(f"There is no asset {name}: build it with `make assets`.") from None

    def is_hashed(self, file: str) -> bool:
        """Whether a file's name changes with its content, so that browsers may keep it."""
        return file in self._files().values()

    def _files(self) -> dict[str, str]:
        return _read(self._path, int(time.monotonic()))

    @cached_property
    def _path(self) -> Path:
        return self.folder / "manifest.json"


@lru_cache
def _read(path: Path, _second: int) -> dict[str, str]:
    """Read at most once a second: a page names a dozen assets, and they are built anew while it is served."""
    files: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return files


def serve_assets(app: Flask, manifest: Manifest | None = None) -> None:
    """Serve the built files under /assets/; templates get `asset_url('app.css')` and the filter `phrases`."""
    found = manifest or Manifest()

    @app.get("/assets/<path:file>")
    @public
    def asset(file: str) -> Response:
        if not found.is_hashed(file):
            return send_from_directory(found.folder, file)
        packed = request.accept_encodings["gzip"] > 0
        sent = f"{file}.gz" if packed else file
        # A max-age set later would leave the no-cache that send_from_directory writes without one.
        response = send_from_directory(found.folder, sent, mimetype=guess_type(file)[0], max_age=YEAR)
        response.cache_control.public = response.cache_control.immutable = True
        response.vary.add("Accept-Encoding")
        if packed:
            response.content_encoding = "gzip"
        return response

    # Not url_for: a timetable asks for a drawing a hundred times.
    app.jinja_env.globals["asset_url"] = lambda name: f"/assets/{found.file_of(name)}"
    app.jinja_env.filters["phrases"] = phrases
