"""What the playground's own sources may not contain."""

from __future__ import annotations

import json
import re
from pathlib import Path

from bot.playground import server

STATIC = Path(server.__file__).parent / "static"
ROOT = STATIC.parents[2]


def test_the_page_loads_nothing_from_elsewhere_and_makes_no_markup_of_text() -> None:
    for file in STATIC.rglob("*.*"):
        source = file.read_text().replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://", source), file.name
        forbidden = (
            r"innerHTML|outerHTML|insertAdjacentHTML|setHTML|srcdoc|document\.write|eval\(|new Function|DOMParser"
        )
        assert not re.search(forbidden, source), file.name
    html = (STATIC / "index.html").read_text()
    assert not re.search(r"<script(?![^>]*src=)|\son\w+=|style=", html)


def test_the_playground_knows_nothing_of_the_bot() -> None:
    for file in STATIC.parent.rglob("*.py"):
        for line in file.read_text().splitlines():
            if match := re.match(r"\s*(?:from|import) (bot|segmentation)\b(\S*)", line):
                assert match.group(0).split()[-1].startswith("bot.playground"), (file.name, line)


def test_the_javascript_linter_is_pinned_and_its_lock_names_no_registry() -> None:
    packages = json.loads((ROOT / "package.json").read_text())
    (name, version) = next(iter(packages["devDependencies"].items()))
    assert (len(packages["devDependencies"]), "dependencies" in packages) == (1, False)
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert locked[f"node_modules/{name}"]["version"] == version
    installed = [package for path, package in locked.items() if path]
    assert all(package["integrity"] and "resolved" not in package for package in installed)
