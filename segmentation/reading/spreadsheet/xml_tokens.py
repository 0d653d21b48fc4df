"""A piece of a part's XML → its tags and texts as two columns, so that what every program writes is read in bulk.

A piece ends where an element ends: a row of a sheet, an item of the table of texts. Elements that look unlike what this
reads are left to the XML parser, and so are whole pieces that may be anything else than tags and texts by turns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

FIRST_CHUNK: Final = 1 << 16
CHUNK: Final = 1 << 22
_OTHER_ENCODING: Final = re.compile(rb"\xff\xfe|\xfe\xff|<\?xml[^>]*encoding=[\"'](?!utf-8[\"'])", re.IGNORECASE)
# What is longer is left to the parser, which has limits of its own.
_LONGEST_ELEMENT: Final = 1 << 20
_SCHEMA: Final = {"tag": pl.String, "text": pl.String}


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a part's XML.

    Parameters
    ----------
    xml
        Its bytes; whole elements, if `tokens` are given.
    tokens
        A row for each tag: what stands between < and > in `tag`, what follows up to the next < in `text`. None if only
        the parser can tell.
    """

    xml: bytes
    tokens: pl.DataFrame | None


def pieces(file: IO[bytes], end: bytes) -> Iterator[Piece]:
    """Read a part; yield pieces that end with `end`, the end tag of an element, and at last the rest.

    The first piece is small, for those who only want to see how the part begins.
    """
    pending, size, parts = b"", FIRST_CHUNK, True
    while chunk := file.read(size):
        # Comments and sections of plain characters may hold what looks like an element.
        parts = parts and not _OTHER_ENCODING.match(chunk) and b"<!" not in pending[-1:] + chunk
        pending, size = pending + chunk, CHUNK
        length = _complete(pending, end) if parts else len(pending)
        if piece := pending[:length]:
            yield Piece(piece, _tokens(piece) if parts and piece.endswith(end) else None)
        pending = pending[length:]
    yield Piece(pending, None)


def _complete(pending: bytes, end: bytes) -> int:
    """Return the length up to the end of the last element; all of it if none ends for long."""
    at = pending.rfind(end)
    if at >= 0:
        return at + len(end)
    return 0 if len(pending) < _LONGEST_ELEMENT else len(pending)


def _tokens(piece: bytes) -> pl.DataFrame | None:
    start = piece.find(b"<")
    # A carriage return is a line feed in XML; a > in a text, and an element cut in half, are told by their number.
    if piece.count(b">") != piece.count(b"<") or b"\r" in piece or piece[:start].strip():
        return None
    try:
        return pl.read_csv(
            piece[start + 1 :],
            has_header=False,
            schema=_SCHEMA,
            separator=">",
            eol_char="<",
            quote_char=None,
            empty_string_is_null=False,
        )
    except pl.exceptions.PolarsError:
        return None


class Elements:
    """The elements of a piece: which of them are plain, and where their parts are.

    Parameters
    ----------
    kinds
        Each tag's number; 0 for one that makes its element odd.
    end
        The number of the tag that ends an element.
    following
        By a tag's number, those that may follow it.
    """

    def __init__(self, kinds: NDArray[np.uint8], end: int, following: Mapping[int, tuple[int, ...]]) -> None:
        self.ends = np.flatnonzero(kinds == end)
        allowed = np.zeros((32, 32), np.bool_)
        for kind, followers in following.items():
            allowed[kind, list(followers)] = True
        before = np.concatenate([np.array([end], np.uint8), kinds[:-1]])
        self.odd = np.zeros(len(self.ends), np.bool_)
        self.mark_odd(np.flatnonzero(~allowed[before, kinds]))

    def of(self, positions: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return which element each tag, by its position, belongs to; `positions` ascend."""
        counts = np.diff(np.searchsorted(positions, self.ends, side="right"), prepend=0)
        return np.repeat(np.arange(len(self.ends)), counts)

    def mark_odd(self, positions: NDArray[np.intp]) -> None:
        """Leave the elements that these tags belong to, to the parser."""
        self.odd[np.searchsorted(self.ends, positions)] = True

    def odd_runs(self) -> list[tuple[int, int]]:
        """Return the runs of odd elements: the first of each, and the first after it."""
        steps = np.diff(np.concatenate([[False], self.odd, [False]]).astype(np.int8))
        return list(zip(np.flatnonzero(steps > 0).tolist(), np.flatnonzero(steps < 0).tolist(), strict=True))


def tag_numbers(
    xml: bytes, tags: pl.Series, names: Mapping[str, int], closed: Mapping[int, int] | None = None
) -> NDArray[np.uint8]:
    """Return each tag's number; 0 for one that is not named.

    Parameters
    ----------
    xml
        The piece: only tags that occur in it are looked for among its tags.
    names
        Numbers by tags. One that ends with a space stands for all tags that begin so.
    closed
        By such a tag's number, that of one that ends itself.
    """
    numbers = np.zeros(len(tags), np.uint8)
    for name, number in names.items():
        if f"<{name}".encode() not in xml:
            continue
        named = tags.str.starts_with(name) if name.endswith(" ") else tags == name
        numbers |= named.to_numpy().view(np.uint8) * np.uint8(number)
    if closed:
        ends_itself = tags.str.ends_with("/").to_numpy()
        for number, instead in closed.items():
            numbers[ends_itself & (numbers == number)] = instead
    return numbers
