"""Orders on untrusted bytes with a kernel under sanitizers, which end the process at the first fault.

`python sanitized_orders.py LIBRARY FIRST COUNT`: files of the seeds from FIRST on, as they are and with bytes changed.
"""

from __future__ import annotations

import random
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from dirty_orders import DirtyOrders

from segmentation.errors import BadInput
from segmentation.orders.answers import OrderAnswers
from segmentation.orders.bulk import reader
from segmentation.orders.rfm import derive_customers
from segmentation.reading.encoding import Limits
from segmentation.reading.questions import Question
from segmentation.scoring.kernel.library import Kernel

_BYTES = b'",;\n\r\x00\xff -.0123456789T\xc2\xe3'
_DECIDED = ("amounts-per=line", "repeats=keep", "orders-per=line", "dates=day-first", "currency=EUR")


def derive(source: Path, rng: random.Random) -> None:
    """Derive the customers of a file, whatever comes of it."""
    limits, answers = Limits(block_bytes=rng.choice((300, 5000, 1 << 20))), OrderAnswers.parse(_DECIDED)
    with suppress(BadInput, Question):
        derive_customers(source, source.with_name("out.csv"), answers=answers, limits=limits, part_lines=100)


def main(library: str, first: str, count: str) -> None:
    """Read the files."""
    kernel = Kernel(Path(library))
    vars(reader)["wanted_kernel"] = lambda: kernel
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(int(first), int(first) + int(count)):
            rng = random.Random(seed)  # noqa: S311 - the same in every run
            source = DirtyOrders(seed).write(Path(folder, "orders.csv"))
            derive(source, rng)
            data = bytearray(source.read_bytes())
            for _ in range(rng.randrange(1, 30)):
                data[rng.randrange(len(data) // 8, len(data))] = rng.choice(_BYTES)
            source.write_bytes(data)
            derive(source, rng)


if __name__ == "__main__":
    main(*sys.argv[1:])
