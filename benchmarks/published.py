"""README's performance table: written by the benchmarks themselves, from figures that are kept beside them.

`measured.json` holds each part's figures as they were last measured, with the day and the machine, so that a part can
be measured anew without the others. The table is nothing but these figures; a goal that was missed says so.
"""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

from benchmarks.figures import Section

ROOT: Final = Path(__file__).resolve().parents[1]
RECORD: Final = Path(__file__).with_name("measured.json")
START: Final = "<!-- Written by `make bench ARGS=--write`, not by hand. -->"
END: Final = "<!-- End of what the benchmarks write. -->"


def machine() -> str:
    """Describe the machine: its system, its cores, its processor, the Python; nothing that names it."""
    return f"{os.cpu_count()} cores ({_processor()}), {platform.system()}, Python {platform.python_version()}"


def publish(
    part: str, section: Section, day: date, *, record: Path = RECORD, readme: Path = ROOT / "README.md"
) -> None:
    """Keep a part's figures, and write the table anew."""
    kept: dict[str, Any] = json.loads(record.read_text()) if record.exists() else {}
    kept[part] = {"day": day.isoformat(), "machine": machine(), **section.to_data()}
    text = with_table(readme.read_text(), kept)
    record.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
    readme.write_text(text)


def with_table(text: str, kept: Mapping[str, Any]) -> str:
    """Return a text with the table between the markers.

    Raises
    ------
    ValueError
        When it has no markers.
    """
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not (start and end):
        raise ValueError(f"The text has no table between {START} and {END}.")
    lines = "\n".join(table(kept))
    return f"{before}{START}\n\n{lines}\n\n{END}{after}"


def table(kept: Mapping[str, Any]) -> Iterator[str]:
    """Yield the table's lines: for each part its title with day and machine, then its figures that have goals."""
    yield "| What | Measured | Goal |"
    yield "|---|---:|---:|"
    for part in kept.values():
        day = date.fromisoformat(part["day"])
        yield f"| **{_cell(part['title'])}** – {day.day} {day:%B %Y}, {part['machine']} | | |"
        for figure in part["figures"]:
            if figure["goal"]:
                missed = "" if figure["met"] else " (missed)"
                goal = f"{figure['goal']} {figure['unit']}".rstrip()
                yield f"| {_cell(figure['name'])} | {figure['shown']} | {goal}{missed} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*:\s*(.+)", information.read_text()) if information.exists() else None
    return found[1].strip() if found else platform.machine()
