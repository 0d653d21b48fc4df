"""The command line reads files of any size; only what others send is limited."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest
from command_line import CommandLine, refused

from segmentation.reading.encoding import ANY_SIZE, Limits

OVER_THE_LIMIT = Limits().file_bytes + 1


@pytest.mark.parametrize(
    "command",
    [
        ["score", "large.csv", "out.csv"],
        ["rfm", "large.csv", "out.csv"],
        ["list", "large.csv", "out.csv", "--segment", "Target"],
        ["train", "large.csv"],
        ["train", "large.csv", "--orders"],
        ["schema", "large.csv"],
    ],
    ids=lambda command: " ".join(command[::2]),
)
def test_a_file_over_the_limit_of_others_is_read(run: CommandLine, command: list[str]) -> None:
    # Bytes that take no room: the file is refused for them, but not for its size.
    Path("large.csv").write_text("id,age,income,score\n1,30,60,70\n")
    os.truncate("large.csv", OVER_THE_LIMIT)
    assert refused(run(*command)).startswith("The file holds NUL bytes")


def test_an_archive_must_not_fill_the_disk_all_the_same(run: CommandLine) -> None:
    Path("large.csv.gz").write_bytes(gzip.compress(bytes(40 << 20)))
    assert "unpacks to more than 200 times its size" in refused(run("score", "large.csv.gz", "out.csv.gz"))


def test_nothing_but_the_size_is_unlimited() -> None:
    assert Limits(**{name: getattr(ANY_SIZE, name) for name in ("columns", "header_bytes", "field_bytes")}) == Limits()
