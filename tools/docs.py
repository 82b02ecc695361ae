"""Builds the documentation's site in both languages: `python tools/docs.py [folder]`. Every warning is an error."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parents[1] / "docs"
SITES = {"en": ("en", "English"), "zh-CN": ("zh_CN", "中文")}
"""Folder → what Sphinx calls its language, and what its readers do."""
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Coursewright</title>
<meta name="color-scheme" content="light dark">
<style>body {{ font: 1.25rem/2 sans-serif; margin: 20vh auto; width: 12rem }}</style>
<h1>Coursewright</h1>
{links}</html>
"""


def build(target: Path) -> int:
    """Build every site into a folder of its own below `target`; returns the exit status."""
    for folder, (language, _) in SITES.items():
        command = [sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", "--keep-going", "--fresh-env"]
        command += ["-c", str(DOCS), "-D", f"language={language}", "-D", "html_title=Coursewright"]
        command += ["-d", str(target / ".doctrees" / folder), str(DOCS / folder), str(target / folder)]
        if status := subprocess.run(command, check=False).returncode:
            return status
    links = "".join(
        f'<p><a href="{folder}/index.html" lang="{folder}">{name}</a></p>\n' for folder, (_, name) in SITES.items()
    )
    (target / "index.html").write_text(PAGE.format(links=links), encoding="utf-8")
    return 0


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS / "_build" / "html"
    if status := build(folder):
        sys.exit(status)
    print(f"The documentation is in {folder}: open index.html there.")
