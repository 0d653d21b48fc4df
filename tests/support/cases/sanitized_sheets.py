"""Sheets on untrusted bytes with a kernel under sanitizers, which end the process at the first fault.

`python sanitized_sheets.py LIBRARY FIRST COUNT`: pieces of sheets and of tables of texts of the seeds from FIRST on, as
they are, with bytes changed, and cut off anywhere.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from segmentation.reading.spreadsheet.xlsx_kernel import KernelRowsReader, SheetKernel

_PARTS = (
    '<row r="7">', '<row r="1048576" hidden="1" spans="1:2">', '<row r="99999999">', "</row>", '<c r="A1">', "</c>",
    '<c r="XFD1" s="12345" t="s">', '<c r="B2" t="inlineStr">', '<c r="C3" s="1"/>', '<c r="D4" t="b">', '<c t="e">',
    "<v>", "</v>", "<is>", "<t>", '<t xml:space="preserve">', "</t>", "</is>", "<f>", "</f>", '<f t="shared" si="0"/>',
    "<si>", "</si>", "1", "-0", "123456789.25", "0.1234567890123456789", "9999999999999999999", "1e-19", "9e19",
    "99999999999999999999", "true", "#N/A", "é", " ", "\n", "\r", "&amp;", "text", 'a"b',
)  # fmt: skip
_CELLS = (
    '<c r="A1" s="1"><v>{}</v></c>', '<c r="A1" t="s"><v>{}</v></c>', '<c r="A1" t="b"><v>{}</v></c>',
    '<c r="A1" t="str"><f>A1</f><v>{}</v></c>', '<c r="A1" t="inlineStr"><is><t>{}</t></is></c>',
    '<c r="A1" t="e"><v>{}</v></c>',
)  # fmt: skip
_BYTES = b'<>/"= \r\n\x00\xff&-.0123456789eEcrvstf'


def pieces(rng: random.Random) -> Iterator[bytes]:
    """Yield what may be a piece of a sheet: rows, parts in any order, and both with bytes changed and cut off."""
    for end in ("</row>", "</si>"):
        row = "".join(rng.choice(_CELLS).format(rng.choice(_PARTS)) for _ in range(rng.randrange(8)))
        item = f"<si><t>{rng.choice(_PARTS)}</t>"
        parts = "".join(rng.choice(_PARTS) for _ in range(rng.randrange(40)))
        for text in (f'<row r="3">{row}', item, parts, f'<row r="3">{row}</row>{parts}'):
            data = bytearray(f"{text}{end}".encode())
            yield bytes(data)
            for _ in range(rng.randrange(1, 6)):
                data[rng.randrange(len(data))] = rng.choice(_BYTES)
            yield bytes(data)
            yield bytes(data[: rng.randrange(len(data))])


def main(library: str, first: str, count: str) -> None:
    """Read the pieces."""
    kernel = SheetKernel(Path(library))
    readers = [
        KernelRowsReader(kernel, pl.Series([str(at) for at in range(shared)], dtype=pl.String), formats, 1462)
        for shared, formats in ((0, []), (1, ["General"]), (200, ["General", "yyyy-mm-dd"]))
    ]
    for seed in range(int(first), int(first) + int(count)):
        for piece in pieces(random.Random(seed)):  # noqa: S311 - the same in every run
            for reader in readers:
                reader.read(piece)
            kernel.texts(piece)


if __name__ == "__main__":
    main(*sys.argv[1:])
