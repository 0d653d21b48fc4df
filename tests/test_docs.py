"""The pages of docs/: their links lead somewhere, and what the privacy page promises is the whole of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest
import yaml

from bot.settings import DAYS_REMEMBERED
from bot.timings import JobTimings
from segmentation.registry.states import KEEP_VERSIONS

ROOT: Final = Path(__file__).parents[1]
PAGES: Final = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PRIVACY: Final = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")


def anchors(page: Path) -> set[str]:
    """The anchors GitHub gives a page's headings."""
    heads = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?://)([^)#\s]*)(?:#([^)\s]+))?\)", page.read_text(encoding="utf-8"))
    for path, anchor in links:
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), path
        assert not anchor or anchor in anchors(target), f"{path}#{anchor}"


def test_every_page_is_reached_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in PAGES[1:] if f"](docs/{page.name})" not in readme] == []


def test_the_privacy_page_explains_every_permission() -> None:
    manifest = yaml.safe_load((ROOT / "manifest.yml").read_text(encoding="utf-8"))
    table = PRIVACY.split("| Permission |")[1].split("\n\n")[0]
    assert set(re.findall(r"`([a-z:_]+)`", table)) >= set(manifest["oauth_config"]["scopes"]["bot"])


def test_the_privacy_page_states_the_times_that_are_kept() -> None:
    assert f"{JobTimings().retention.days} days after it ended" in PRIVACY
    assert f"`SEGBOT_REMEMBER` days, {DAYS_REMEMBERED} if not set" in PRIVACY
    assert f"`SEGBOT_KEEP_VERSIONS` versions, {KEEP_VERSIONS} if not set" in PRIVACY


def test_the_privacy_page_names_every_table_of_the_database_that_is_about_people() -> None:
    migrations = (ROOT / "segmentation" / "databases" / "migrations.py").read_text(encoding="utf-8")
    # Versions, replicas and the clicks being answered say nothing of anybody.
    impersonal = {"versions", "pointer", "replicas", "presses", "schema_version"}
    tables = set(re.findall(r"CREATE TABLE (?:IF NOT EXISTS )?segbot\.(\w+)", migrations)) - impersonal
    assert [table for table in sorted(tables) if f"`segbot.{table}`" not in PRIVACY] == []
