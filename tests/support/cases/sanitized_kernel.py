"""Run as a process of its own: a kernel with sanitizers in it scores files, mangled ones too, and dies of any fault.

Usage: python sanitized_kernel.py LIBRARY FIRST COUNT [FOLDER]: COUNT fuzzed files from FIRST on, each mangled as well;
with FOLDER, its files, too.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from random import Random

from fuzzed_files import fuzzed_file
from scoring_cases import hand_made_model

from segmentation.errors import BadInput
from segmentation.reading.blocks import WholeRecordsBlock
from segmentation.reading.columns import Undecided
from segmentation.reading.encoding import Limits
from segmentation.reading.ids.duplicates import DuplicateCounter
from segmentation.reading.table import Table, open_table
from segmentation.scoring.kernel.library import Kernel
from segmentation.scoring.kernel.odd_rows import most_odd
from segmentation.scoring.kernel.plan import LayoutPlan
from segmentation.scoring.kernel.scorer import kernel_scorer
from segmentation.scoring.rows import RowScorer
from segmentation.scoring.totals import Totals

MODEL = hand_made_model()
# What a mangled file has in the place of some of its bytes.
SPLINTERS = [
    b'"',
    b'""',
    b"\n",
    b"\r",
    b"\r\n",
    b",",
    b";",
    b"\xf0\x9f",
    b"\xe2",
    b"\xff",
    b"\0",
    b"-",
    b"9" * 400,
    b"",
]


def mangled(data: bytes, random: Random) -> bytes:
    parts = bytearray(data)
    for _ in range(random.randint(1, 12)):
        at = random.randrange(len(parts) + 1)
        parts[at : at + random.choice([0, 1, 1, 40])] = random.choice(SPLINTERS)
    return bytes(parts)


def score(kernel: Kernel, table: Table, blocks: list[bytes]) -> None:
    """Hand blocks to the kernel as they are, whole records or not, and to its other functions."""
    rows, plan = RowScorer(table, MODEL), LayoutPlan(table.rows, table.rows.schema.names)
    for watched in (False, True):
        fast = kernel_scorer(kernel, rows, Totals(rows, DuplicateCounter()).units, watched=watched)
        if fast is None:
            return
        for block in blocks:
            whole = fast.whole_records(block)
            kernel.record_ends(block[: whole.size], table.layout.delimiter, whole.lines)
            for part in (block[: whole.size], block):
                whole_block = WholeRecordsBlock(part, 1, part.count(b"\n") + part.count(b"\r"))
                fast.run(whole_block)
                kernel.survey(plan.struct, part, most_odd(whole_block), 3)


def main(library: str, first: int, count: int, folder: Path | None) -> None:
    kernel = Kernel(Path(library))
    files = [fuzzed_file(seed) for seed in range(first, first + count)]
    if folder is not None:
        files += [path.read_bytes() for path in sorted(folder.rglob("*")) if path.suffix in {".csv", ".tsv"}]
    with tempfile.TemporaryDirectory() as name:
        source = Path(name, "in.csv")
        for number, data in enumerate(files):
            random = Random(first + number)  # noqa: S311 - the same bytes every time
            source.write_bytes(data)
            try:
                table = open_table(source, MODEL.schema, limits=Limits(), all_cells=False)
            except (BadInput, Undecided):
                continue
            text = b"".join(table.encoded.chunks())[table.layout.size :]
            score(kernel, table, [text, *(mangled(text, random) for _ in range(20))])


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]) if len(sys.argv) > 4 else None)
