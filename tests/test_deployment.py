"""What runs segbot past one machine, held to its promises as text; the same topology runs in `tests/replicas`."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
NGINX = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
REPLICAS = ("segbot-1", "segbot-2")


def defaults_of(text: str) -> str:
    """The text with the defaults of the variables in it."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)


def instructions(name: str) -> list[str]:
    """Every such instruction of the Dockerfile, its continued lines joined."""
    joined = DOCKERFILE.replace("\\\n", " ")
    return [line.split(" ", 1)[1].strip() for line in joined.splitlines() if line.startswith(f"{name} ")]


def test_the_base_image_must_be_given_with_its_digest() -> None:
    assert instructions("ARG") == ["PYTHON_DIGEST"]  # without a default: a build that pins nothing stops
    bases = [line.split(" AS ")[0] for line in instructions("FROM")]
    assert bases == ["python:3.11-slim-bookworm@${PYTHON_DIGEST}"] * 2


def test_the_image_holds_what_the_lock_holds_and_nothing_else() -> None:
    pips = [line for line in instructions("RUN") if "pip install" in line]
    assert len(pips) == 2
    assert "--no-deps --require-hashes --only-binary :all: -r requirements.lock" in " ".join(pips[0].split())
    assert "--no-deps --no-build-isolation ." in pips[1]
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert ignored[0] == "*"
    assert ".env" not in " ".join(ignored)
    assert {line[1:] for line in ignored if line.startswith("!")} == {
        "bot", "segmentation", "pyproject.toml", "README.md", "requirements.lock",
    }  # fmt: skip


def test_the_container_runs_without_root_and_looks_after_its_health() -> None:
    assert instructions("USER") == ["10001:10001"]
    assert "/healthz" in instructions("HEALTHCHECK")[0]
    assert instructions("ENTRYPOINT") == ['["segbot"]']
    assert instructions("CMD") == ['["serve", "--host", "0.0.0.0", "--port", "3000"]']
    assert DOCKERFILE.index("USER ") > DOCKERFILE.rindex("RUN ")


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_service_is_read_only_hardened_and_given_time_to_stop(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["stop_grace_period"] == "30s"
    assert service["tmpfs"]
    assert service["restart"] == "unless-stopped"
    assert "healthcheck" in service or name in (*REPLICAS, "models")  # theirs is the image's own


def test_two_replicas_share_a_database_and_hold_no_secret_of_their_own() -> None:
    assert set(SERVICES) == {*REPLICAS, "models", "postgres", "nginx"}
    first, second = ({**SERVICES[name], "networks": None} for name in REPLICAS)
    assert first == second
    assert first["env_file"] == ".env"
    assert first["environment"]["SEGBOT_DATABASE_URL"].startswith("postgresql+psycopg://segbot:${POSTGRES_PASSWORD:?")
    assert first["depends_on"]["postgres"]["condition"] == "service_healthy"
    assert SERVICES["models"]["environment"] == first["environment"]
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    assert "SIGNING" not in text
    assert "xoxb" not in text


def test_no_image_is_taken_without_a_pin() -> None:
    assert re.match(r"postgres:[\w.-]+@\$\{POSTGRES_DIGEST:\?", SERVICES["postgres"]["image"])
    assert re.match(r"nginxinc/nginx-unprivileged:[\w.-]+@\$\{NGINX_DIGEST:\?", SERVICES["nginx"]["image"])
    assert SERVICES["segbot-1"]["build"]["args"]["PYTHON_DIGEST"].startswith("${PYTHON_DIGEST:?")
    readme = (ROOT / "docs" / "operator.md").read_text(encoding="utf-8")
    for variable in sorted(set(re.findall(r"\$\{(\w+)", (ROOT / "compose.yaml").read_text(encoding="utf-8")))):
        assert f"`{variable}`" in readme


def test_versions_are_brought_along_by_a_service_that_runs_on_demand_and_leaves_the_folder_alone() -> None:
    models = SERVICES["models"]
    assert models["profiles"] == ["tools"]
    assert models["entrypoint"] == ["segbot", "models"]
    assert models["volumes"] == [f"./models:{models['environment']['SEGBOT_MODELS_DIR']}:ro"]
    assert models["networks"] == ["inside"]


def test_nginx_knows_the_replicas_addresses_whether_or_not_they_run() -> None:
    addresses = {name: SERVICES[name]["networks"]["outside"]["ipv4_address"] for name in REPLICAS}
    assert len(set(addresses.values())) == len(REPLICAS)
    assert SERVICES["nginx"]["extra_hosts"] == [f"{name}:{address}" for name, address in addresses.items()]
    (config,) = COMPOSE["networks"]["outside"]["ipam"]["config"]
    network = ip_network(defaults_of(config["subnet"]))
    assert all(ip_address(defaults_of(address)) in network for address in addresses.values())
    assert all("inside" in SERVICES[name]["networks"] for name in REPLICAS)


def test_only_nginx_is_reached_from_outside_and_only_from_this_machine() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["nginx"]
    assert SERVICES["nginx"]["ports"] == ["127.0.0.1:8080:8080"]
    assert SERVICES["postgres"]["networks"] == ["inside"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert SERVICES["nginx"]["volumes"] == ["./deploy/nginx.conf:/etc/segbot/nginx.conf:ro"]


def test_nginx_tries_the_other_replica_within_slacks_three_seconds_and_passes_the_body_as_it_is() -> None:
    for name in REPLICAS:
        assert f"server {name}:3000 " in NGINX
    assert "proxy_next_upstream error timeout non_idempotent;" in NGINX
    (patience,) = re.findall(r"proxy_next_upstream_timeout (\d+)ms;", NGINX)
    (reading,) = re.findall(r"proxy_read_timeout (\d+)ms;", NGINX)
    assert 2 * int(reading) <= int(patience) < 3000
    assert "client_max_body_size 1m;" in NGINX
    assert not re.search(r"sub_filter|proxy_set_body|gunzip|/metrics", NGINX)
    assert "access_log off;" in NGINX
