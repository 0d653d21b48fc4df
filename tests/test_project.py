"""The project's own promises: documents match the code, imports point one way, the lock holds no address."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from click import Command, Context, Group

from bot.cli.main import main
from bot.commands import LISTED
from bot.slack.scopes import SCOPES
from bot.variables import VARIABLES

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SOURCES = [path for package in ("bot", "segmentation") for path in (ROOT / package).rglob("*.py")]


def table_rows(text: str, head: str) -> list[list[str]]:
    after = text.split(head, 1)[1]
    rows = []
    for line in after.splitlines()[2:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
    return rows


def test_imports_point_one_way() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_readme_documents_every_variable_as_the_code_has_it() -> None:
    rows = table_rows(README, "| Variable | Default | What for |")
    assert rows == [[f"`{v.name}`", v.default, v.purpose] for v in VARIABLES]


def test_env_example_names_every_variable_and_holds_no_value_of_a_secret() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    named = dict(re.findall(r"^#?([A-Z_]+)=(.*)$", text, re.MULTILINE))
    assert set(named) == {variable.name for variable in VARIABLES}
    assert not any(value for name, value in named.items() if "TOKEN" in name or "SECRET" in name or "KEY" in name)


def test_every_variable_the_code_reads_is_declared() -> None:
    declared = {variable.name for variable in VARIABLES}
    for path in SOURCES:
        found = set(re.findall(r"\"((?:SEGBOT|SLACK)_[A-Z_]+)\"", path.read_text(encoding="utf-8")))
        assert found <= declared, path


def commands(group: Group, prefix: str) -> dict[str, Command]:
    found: dict[str, Command] = {}
    context = Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, Group):
            found |= commands(command, f"{prefix} {name}")
        else:
            found[f"{prefix} {name}"] = command
    return found


@pytest.mark.parametrize(("name", "command"), sorted(commands(main, "segbot").items()))
def test_readme_documents_every_command_and_option(name: str, command: Command) -> None:
    lines = [row[0] for row in table_rows(README, "| Command | What it does |") if row[0].startswith(f"`{name}")]
    assert len(lines) == 1, name
    for parameter in command.params:
        for option in parameter.opts:
            if option.startswith("--") and option != "--json":
                assert option in lines[0], (name, option)
    assert command.help, name


def test_readme_gives_a_reason_for_every_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    rows = table_rows(README, "| Dependency | What for | Why this one |")
    explained = {name.strip() for row in rows for name in row[0].split(",")}
    needed = [*project["dependencies"], *project["optional-dependencies"]["build"]]
    names = {match[0] for line in needed if (match := re.match(r"[A-Za-z0-9-]+", line))}
    assert names <= explained
    assert all(len(cell) > 3 for row in rows for cell in row)


def test_manifest_registers_the_commands_the_bot_answers() -> None:
    manifest = yaml.safe_load((ROOT / "manifest.yml").read_text(encoding="utf-8"))
    listed = [
        (item["command"], item.get("usage_hint", ""), item["description"])
        for item in manifest["features"]["slash_commands"]
    ]
    assert listed == list(LISTED)


def test_manifest_keeps_slacks_limits() -> None:
    manifest = yaml.safe_load((ROOT / "manifest.yml").read_text(encoding="utf-8"))
    information = manifest["display_information"]
    assert len(information["name"]) <= 35
    assert len(information["description"]) <= 140
    assert 174 <= len(information["long_description"]) <= 4000
    assert all(len(item["description"]) <= 2000 for item in manifest["features"]["slash_commands"])


def test_every_scope_in_the_manifest_says_why() -> None:
    text = (ROOT / "manifest.yml").read_text(encoding="utf-8")
    scopes = re.findall(r"^      - ([a-z_:.]+)(.*)$", text.split("scopes:")[1].split("settings:")[0], re.MULTILINE)
    assert scopes
    assert all(re.match(r" # .{5,}", reason) for _, reason in scopes)
    assert {scope for scope, _ in scopes} == set(SCOPES)


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_lock_is_hashed_and_holds_no_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.search(r"https?://|file:|--(extra-)?index|--find-links", text)
    blocks = re.split(r"\n(?=[a-z])", text.strip())
    assert all("==" in block.splitlines()[0] and "--hash=sha256:" in block for block in blocks)


def test_both_locks_agree() -> None:
    def pins(name: str) -> set[str]:
        text = (ROOT / name).read_text(encoding="utf-8")
        return {line.split(" ")[0] for line in text.splitlines() if re.match(r"[a-z]", line)}

    assert pins("requirements.lock") <= pins("requirements-dev.lock")


def test_artifacts_are_unpickled_in_exactly_one_place() -> None:
    loads = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)):
                continue
            if node.attr in {"load", "loads"} and node.value.id in {"joblib", "pickle", "dill", "marshal", "shelve"}:
                loads.append(path.name)
    assert loads == ["artifact.py"]


def test_ci_runs_every_campaign_in_full_and_allows_no_skip() -> None:
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert re.search(r"^export SEGBOT_NO_SKIPS=1$.*^make test-all$", ci, re.MULTILINE | re.DOTALL)
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (short,) = re.findall(r"^test: lint.*\n\t(.+)$", makefile, re.MULTILINE)
    (full,) = re.findall(r"^test-all: lint.*\n\t(.+)$", makefile, re.MULTILINE)
    assert full.split() == [*short.split()[:1], "$(COVERAGE)", "--long", *short.split()[1:]]
    assert "--cov-fail-under=95" in makefile


CAMPAIGN = """
import pytest
from campaigns import campaign
from hypothesis import settings

@pytest.mark.long
def test_long() -> None: ...

@pytest.mark.parametrize("turn", range(campaign(2, 5)))
def test_campaign(turn: int) -> None:
    assert settings().max_examples == campaign(25, 100)
"""


@pytest.mark.parametrize(("options", "told"), [((), "2 passed, 1 deselected"), (("--long",), "6 passed")])
def test_long_tests_and_full_campaigns_run_when_asked_for(tmp_path: Path, options: tuple[str, ...], told: str) -> None:
    (tmp_path / "test_one.py").write_text(CAMPAIGN, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-c", "pyproject.toml", f"--rootdir={ROOT}"]
    done = subprocess.run(
        [*command, "--confcutdir=/", "-p", "conftest", *options, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, told in done.stdout) == (0, True), done.stdout + done.stderr


def paths_of_the_architecture() -> list[str]:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    return re.findall(r"`([\w.]+/[\w./]*|[\w.]+\.(?:md|toml|yml))`", text)


def test_every_path_in_the_architecture_exists() -> None:
    paths = paths_of_the_architecture()
    assert "segmentation/warehouse/connections.py" in paths
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_the_architecture_names_every_room() -> None:
    packages = [f"{path.parent.relative_to(ROOT)}/" for path in SOURCES if path.name == "__init__.py"]
    # What stands inside a room other than the playground is that room's own affair.
    rooms = [name for name in packages if name.count("/") <= 2 or name.startswith("bot/playground/")]
    assert sorted(set(rooms) - set(paths_of_the_architecture())) == []


def test_readme_links_the_architecture() -> None:
    assert "(docs/architecture.md)" in README


def test_the_files_that_begin_are_there() -> None:
    conftest = (ROOT / "conftest.py").read_text(encoding="utf-8")
    longest = re.findall(r'^    "(test_\w+)",$', conftest.split("LONGEST")[1].split(")")[0], re.MULTILINE)
    assert longest
    assert {path.stem for path in (ROOT / "tests").rglob("test_*.py")} >= set(longest)
