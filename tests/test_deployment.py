"""The files for several nodes: what they name is there, and what they promise is so. Docker itself is not asked."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask import Flask

from app.cli.start import OPEN_REQUESTS_HAVE
from app.worker import TO_FINISH
from config import Environment
from tests.survival.nodes import for_loopback, opened_to_all, replaced, shipped_proxy

ROOT = Path(__file__).parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
IGNORED = (ROOT / ".dockerignore").read_text(encoding="utf-8").split("\n")
OURS = ("web1", "web2", "worker")


def service(name: str) -> dict[str, Any]:
    """A service with what it takes over from another one."""
    own: dict[str, Any] = COMPOSE["services"][name]
    return {**service(own["extends"]["service"]), **own} if "extends" in own else own


def test_every_setting_of_the_nodes_is_one_of_ours() -> None:
    for name in OURS:
        assert set(service(name)["environment"]) <= set(Environment.model_fields)
        assert set(service(name)["environment"]) >= {"SECRET_KEY", "DATABASE_URL", "COURSEWRIGHT_REDIS_URL"}
        assert service(name)["environment"] == service("web1")["environment"]
    given = re.findall(r"ENV (.*?)\n(?=[A-Z])", DOCKERFILE, re.DOTALL)[0]
    assert set(re.findall(r"(\w+)=", given)) - {"PATH", "PYTHONDONTWRITEBYTECODE", "FLASK_APP"} <= set(
        Environment.model_fields
    )


def test_what_must_be_secret_comes_from_outside() -> None:
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"\$\{(\w+):\?", text)) == {"SECRET_KEY", "POSTGRES_PASSWORD", "COURSEWRIGHT_PUBLIC_URL"}
    assert re.findall(r"\$\w|\$\{\w+\}", text) == []  # each says what to do where it is missing, or may be
    assert "SECRET_KEY" not in DOCKERFILE
    for secret in (".env", ".git", "instance", "demo-accounts.txt"):
        assert any(fnmatch(secret, pattern) for pattern in IGNORED), secret


def test_every_service_waits_for_and_mounts_what_there_is() -> None:
    services = COMPOSE["services"]
    for name in services:
        for other, how in service(name).get("depends_on", {}).items():
            healthy = "healthcheck" in services[other] or "build" in service(other)
            assert other in services
            assert how["condition"] == "service_started" or healthy
        for volume in service(name).get("volumes", ()):
            source = volume.partition(":")[0]
            assert source in COMPOSE["volumes"] or (ROOT / source).is_file(), volume


def test_every_node_has_the_same_files_and_an_address_of_its_own() -> None:
    for name in OURS:
        assert service(name)["volumes"] == [f"{each}:/srv/instance/{each}" for each in ("files", "backups")]
        for each in service(name)["volumes"]:
            assert f" {each.partition(':')[2]}" in DOCKERFILE, each  # else root owns it, and nobody of ours may write
    assert "INSTANCE_PATH=/srv/instance " in DOCKERFILE
    addresses = [service(name)["networks"]["default"]["ipv4_address"] for name in OURS]
    assert len(set(addresses)) == len(OURS)
    known = dict(entry.split(":") for entry in COMPOSE["services"]["proxy"]["extra_hosts"])
    assert known == dict(zip(("web1", "web2"), addresses, strict=False))
    served = re.findall(r"server (\w+):(\d+) ", shipped_proxy())
    assert [(name, "8000") for name in known] == served
    assert "PORT=8000" in DOCKERFILE


def test_there_is_time_to_end_in_order() -> None:
    assert {service(name)["stop_grace_period"] for name in OURS} == {"20s"}
    assert max(OPEN_REQUESTS_HAVE, TO_FINISH) <= 15


def test_the_commands_are_ours(app: Flask) -> None:
    told = [json.loads(words) for words in re.findall(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)]
    told.append(service("worker")["command"])
    assert told == [["flask", "start"], ["flask", "worker"]]
    assert {"start", "worker"} <= set(app.cli.commands)
    health = re.findall(r"HEALTHCHECK .*?CMD (\[.*?\])\n", DOCKERFILE, re.DOTALL)
    program, flag, code = json.loads(health[0])
    assert (program, flag) == ("python", "-c")
    compile(code, "the health check", "exec")


def test_what_the_image_copies_is_there() -> None:
    for words in re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.MULTILINE):
        for source in words.split()[:-1]:
            assert (ROOT / source).exists(), source
            assert source == "." or not any(
                fnmatch(source, pattern.rstrip("/")) for pattern in IGNORED[1:] if pattern != ".*"
            )
    for name in re.findall(r"--requirement (\S+)", DOCKERFILE):
        assert (ROOT / name).is_file()
    for needed in (
        "app",
        "config.py",
        "courses",
        "deploy",
        "docs/en",
        "exercises",
        "migrations",
        "translations",
        "wsgi.py",
    ):
        assert (ROOT / needed).exists()
        assert not any(fnmatch(needed, pattern) for pattern in IGNORED if pattern), needed


@pytest.mark.skipif(not shutil.which("nginx"), reason="not installed: nginx (on Debian: apt-get install nginx-light)")
def test_the_proxy_takes_its_configuration(tmp_path: Path) -> None:
    file = tmp_path / "nginx.conf"
    text = for_loopback(shipped_proxy(), tmp_path, 8118, (8119, 8120))
    for written, right in ((text, True), (replaced(text, "keepalive 64;", "keep-alive 64;"), False)):
        file.write_text(written, encoding="utf-8")
        with opened_to_all(tmp_path):
            done = subprocess.run(["nginx", "-t", "-c", str(file)], capture_output=True, text=True, check=False)
        assert (done.returncode == 0) is right, done.stderr


def test_the_certificate_of_the_proxy_is_a_matter_of_a_few_lines() -> None:
    shown = re.findall(r"^ +#   (.*;)$", shipped_proxy(), re.MULTILINE)
    assert "listen 443 ssl;" in shown
    assert all(re.fullmatch(r"[a-z0-9_]+ .*;", line) for line in shown)


def test_saves_may_go_to_the_other_node_and_nothing_else_may(app: Flask) -> None:
    pattern = re.search(r'location ~ "(.*)" \{', shipped_proxy())
    assert pattern
    twice = {str(rule) for rule in app.url_map.iter_rules() if re.fullmatch(pattern[1], sample(str(rule)))}
    assert {rule.partition(">")[2] for rule in twice} == {"", "/hand-in"}
    assert all(rule.startswith("/attempts/") for rule in twice)
    assert not re.fullmatch(pattern[1], "/people")


def sample(rule: str) -> str:
    return re.sub(r"<[^>]+>", "7", rule)


def test_the_requirements_of_the_image_are_what_settings_ask_for() -> None:
    named = re.findall(r"requirements[\w-]*\.txt", (ROOT / "config.py").read_text(encoding="utf-8"))
    assert {*named, "requirements.txt"} <= set(re.findall(r"requirements[\w-]*\.txt", DOCKERFILE))
