"""Assets are built once, refused in a sentence, small enough for a phone, and kept by browsers."""

from __future__ import annotations

import fcntl
import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.web.assets import BUILT, AssetsMissing, Manifest, serve_assets

ROOT = Path(__file__).parents[2]
WORKSHEET_PAGE = ("app.css", "theme.js", "page.js", "placement.js")
LEAST_AT_ONCE = 60_000  # bytes of script and style on a trainee's first page, gzipped


@dataclass(frozen=True)
class Tree:
    """A copy of what the build reads, with no packages but what a test puts there."""

    root: Path

    def run(self, **environment: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "tools/assets.py"]
        return subprocess.run(
            command,
            cwd=self.root,
            env={**os.environ, **environment},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )

    def put_program(self, name: str, script: str) -> None:
        """A program in the only folder of the path."""
        path = self.root / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)

    def run_with_npm(self, npm: str) -> subprocess.CompletedProcess[str]:
        """Run with a stand-in for the machine's npm, which is somebody else's program."""
        self.put_program("node", "echo v22.1.0")
        self.put_program("npm", npm)
        return self.run(PATH=str(self.root / "bin"))


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    for name in ("package.json", "package-lock.json", ".npmrc", "requirements-node.txt", "tools/assets.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "app/web/static/src", tmp_path / "app/web/static/src")
    return Tree(tmp_path)


@pytest.fixture
def client() -> Iterator[FlaskClient]:
    app = Flask("assets", static_folder=None)
    serve_assets(app)
    with app.test_client() as client:
        yield client


@pytest.mark.slow
def test_build_makes_the_same_files_again_and_then_rests(tree: Tree) -> None:
    (tree.root / "node_modules").symlink_to(ROOT / "node_modules")
    done = tree.run()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Built app/web/static/built, app/documents/fonts, build/axe in ")
    assert contents(tree.root / "app/web/static/built") == contents(BUILT)
    assert contents(tree.root / "app/documents/fonts") == contents(ROOT / "app/documents/fonts")
    started = time.perf_counter()
    assert tree.run().stdout.startswith("Assets are fresh")
    assert time.perf_counter() - started < 1  # 0.05 s where the machine has nothing else to do
    (tree.root / "build/axe/axe.min.js").unlink()
    assert tree.run().stdout.startswith("Built build/axe in ")
    (tree.root / "app/web/static/src/page.js").write_text("print();", encoding="utf-8")
    assert tree.run().stdout.startswith("Built app/web/static/built in ")
    assert list(tree.root.glob(".build-*")) == []


def test_second_run_waits_for_the_first(tree: Tree) -> None:
    with (tree.root / ".building").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        waiting = subprocess.Popen(
            [sys.executable, "tools/assets.py"], cwd=tree.root, stdout=subprocess.PIPE, env={"PATH": "/nowhere"}
        )
        assert waiting.stdout
        assert waiting.stdout.readline() == b"Another run is building the assets: waiting for it.\n"
        assert waiting.poll() is None
        waiting.kill()
        waiting.communicate()


def test_npm_without_network_is_one_sentence(tree: Tree) -> None:
    done = tree.run_with_npm("echo 'npm error code ECONNREFUSED' >&2; exit 1")
    sentence = "The npm registry cannot be reached: check the network and `npm config get registry`, then run again."
    assert (done.returncode, done.stderr) == (1, f"assets: {sentence}\n")


def test_full_disk_that_npm_calls_success_is_one_sentence(tree: Tree) -> None:
    done = tree.run_with_npm("echo 'npm warn tar TAR_ENTRY_ERROR ENOSPC: no space left on device' >&2")
    assert (done.returncode, done.stderr) == (1, "assets: The disk is full: free 500 MB and run again.\n")


def test_package_with_other_bytes_is_named(tree: Tree) -> None:
    integrity = lock()["node_modules/sortablejs"]["integrity"]
    done = tree.run_with_npm(f"echo 'npm error wanted {integrity} but got sha512-x.' >&2; exit 1")
    assert done.stderr == (
        "assets: What the npm registry serves as sortablejs is not what package-lock.json says (wrong integrity).\n"
    )


def test_old_node_without_network_is_one_sentence(tree: Tree) -> None:
    tree.put_program("node", "echo v16.0.0")
    tree.put_program("npm", "exit 1")
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_RETRIES": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    done = tree.run(PATH=str(tree.root / "bin"), **nowhere)
    assert done.returncode == 1
    assert done.stderr.startswith("assets: There is no npm with Node.js 20 or newer, and pip could not bring one into")
    assert done.stderr.count("\n") == 1


def test_lock_has_a_digest_for_every_package_and_no_address() -> None:
    packages = {path: package for path, package in lock().items() if path}
    assert [path for path, package in packages.items() if not package["integrity"].startswith("sha512-")] == []
    assert [path for path, package in packages.items() if "resolved" in package] == []


def test_worksheet_page_loads_at_most_60_kilobytes() -> None:
    sizes = {name: (BUILT / f"{Manifest().file_of(name)}.gz").stat().st_size for name in WORKSHEET_PAGE}
    assert sum(sizes.values()) <= LEAST_AT_ONCE, sizes


def test_licences_name_what_is_bundled() -> None:
    text = (BUILT / "THIRD_PARTY_LICENSES.txt").read_text(encoding="utf-8")
    assert re.findall(r"^([a-z][\w.-]+) \d\S*: (\S+)$", text, re.MULTILINE) == [
        ("bootstrap", "MIT"),
        ("sortablejs", "MIT"),
    ]


def test_every_icon_that_pages_name_is_drawn() -> None:
    drawn = set(re.findall(r'id="i-([\w-]+)"', (ROOT / "app/web/static/src/icons.svg").read_text(encoding="utf-8")))
    named = {
        name
        for path in (ROOT / "app").rglob("*.html")
        for name in re.findall(r"""\bicon\(["']([\w-]+)["']""", path.read_text(encoding="utf-8"))
    }
    vocabulary = (ROOT / "courses/vocabulary.yaml").read_text(encoding="utf-8")
    named |= set(re.findall(r"\bicon: ([\w-]+)", vocabulary))
    assert named - drawn == set()
    assert "presentation" in named


def test_hashed_file_is_kept_by_browsers_for_good(client: FlaskClient) -> None:
    with client.get(f"/assets/{Manifest().file_of('app.css')}") as answer:
        content = answer.get_data()
    assert (answer.status_code, answer.mimetype) == (200, "text/css")
    assert content == (BUILT / Manifest().file_of("app.css")).read_bytes()
    assert "Content-Encoding" not in answer.headers
    assert set(answer.headers["Cache-Control"].split(", ")) == {"public", "max-age=31536000", "immutable"}


@pytest.mark.parametrize(("name", "media_type"), [("app.css", "text/css"), ("icons.svg", "image/svg+xml")])
def test_hashed_file_is_sent_compressed_to_who_reads_that(client: FlaskClient, name: str, media_type: str) -> None:
    file = Manifest().file_of(name)
    with client.get(f"/assets/{file}", headers={"Accept-Encoding": "gzip, br"}) as answer:
        content = answer.get_data()
    assert (answer.mimetype, answer.headers["Content-Encoding"]) == (media_type, "gzip")
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert gzip.decompress(content) == (BUILT / file).read_bytes()


def test_file_without_hash_is_asked_for_again(client: FlaskClient) -> None:
    with client.get("/assets/THIRD_PARTY_LICENSES.txt") as answer:
        answer.get_data()
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-cache")


@pytest.mark.parametrize("path", ["nothing.css", "../src/app.scss", "%2e%2e/src/app.scss"])
def test_what_is_not_built_is_not_found(client: FlaskClient, path: str) -> None:
    assert client.get(f"/assets/{path}").status_code == 404


def test_asset_that_is_not_built_is_named(tmp_path: Path) -> None:
    with pytest.raises(AssetsMissing, match=r"There is no asset app\.css: build it with `make assets`"):
        Manifest(tmp_path).file_of("app.css")


def lock() -> dict[str, dict[str, str]]:
    packages: dict[str, dict[str, str]] = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))[
        "packages"
    ]
    return packages


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("selector", [".desk__answer", ".grid-table", ".heat", ".roll__person", ".filters", ".guide"])
def test_a_trainees_first_page_leaves_out_what_only_others_look_at(selector: str) -> None:
    app, *more = ((BUILT / Manifest().file_of(name)).read_text() for name in ("app.css", "staff.css", "guide.css"))
    assert f"{selector}{{" not in app
    assert f"{selector}{{" in "".join(more)  # canary: it is called so
