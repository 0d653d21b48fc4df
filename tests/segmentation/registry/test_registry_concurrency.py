"""Processes and threads that change the registry at once take turns."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

from reference import KEY
from registries import opened

from segmentation.errors import (
    Conflict,
)
from segmentation.registry.audit import (
    MOVES,
    RECOVERED,
)
from segmentation.registry.storage import Storage

MOVER = """
import sys
from pathlib import Path
from segmentation.errors import Conflict
from segmentation.registry.registry import Registry
registry = Registry(Path(sys.argv[1]), sys.argv[2].encode())
sys.stdin.readline()
for turn in range(12):
    for version in sys.argv[3:]:
        try:
            registry.rollback(actor=version) if turn % 3 == 2 else registry.promote(version, actor=version)
        except Conflict:
            pass
"""


def test_two_processes_that_promote_and_roll_back_take_turns(root: Path, abc: tuple[str, ...]) -> None:
    orders = (abc, abc[::-1])
    movers = [
        subprocess.Popen([sys.executable, "-c", MOVER, str(root), KEY.decode(), *order], stdin=subprocess.PIPE)
        for order in orders
    ]
    for mover in movers:
        assert mover.stdin is not None
        mover.stdin.write(b"go\n")
        mover.stdin.flush()
    for mover in movers:
        mover.communicate()
        assert mover.returncode == 0
    registry = opened(root)
    lines = (root / "audit.jsonl").read_bytes().splitlines()
    entries = registry.history()
    assert len(lines) == len(entries)
    moves = [entry for entry in entries if entry.event in MOVES]
    assert len(moves) > 20
    assert RECOVERED not in {entry.event for entry in entries}
    assert all(later.previous == earlier.version for earlier, later in pairwise(moves))
    assert registry.load_serving().problem is None
    assert registry.current() == moves[-1].version


def test_threads_promote_the_same_version_once(storage: Storage, kept: tuple[str, ...]) -> None:
    registry = opened(storage)

    def promote(_turn: int) -> bool:
        try:
            registry.promote(kept[2], actor="U1", expected=kept[1])
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(promote, range(16))) == 1
