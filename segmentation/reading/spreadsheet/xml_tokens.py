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
_WORD: Final = 8
# As many bytes as anybody looks ahead from the start of a tag.
_BEHIND: Final = 64
_SCHEMA: Final = {"tag": pl.String, "text": pl.String}


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a part's XML.

    Parameters
    ----------
    xml
        Its bytes.
    is_whole
        Whether it is whole elements, without comments and the like. If not, only the parser can tell.
    """

    xml: bytes
    is_whole: bool


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
            yield Piece(piece, parts and piece.endswith(end))
        pending = pending[length:]
    yield Piece(pending, is_whole=False)


def _complete(pending: bytes, end: bytes) -> int:
    """Return the length up to the end of the last element; all of it if none ends for long."""
    at = pending.rfind(end)
    if at >= 0:
        return at + len(end)
    return 0 if len(pending) < _LONGEST_ELEMENT else len(pending)


def tokens_of(piece: bytes) -> pl.DataFrame | None:
    """Return the tags and texts of whole elements; None if only the parser can tell.

    Returns
    -------
    pl.DataFrame
        A row for each tag: what stands between < and > in `tag`, what follows up to the next < in `text`.
    """
    start = piece.find(b"<")
    # A carriage return is a line feed in XML; a > in a text, and an element cut in half, are told by their number.
    if piece.count(b">") != piece.count(b"<") or b"\r" in piece or piece[:start].strip():
        return None
    try:
        tokens = pl.read_csv(
            piece[start + 1 :],
            has_header=False,
            schema=_SCHEMA,
            separator=">",
            eol_char="<",
            quote_char=None,
            empty_string_is_null=False,
        )
        # Tags are looked up in the piece, too, by their order.
        return tokens if tokens.height == piece.count(b"<") else None
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
        """Return the runs of odd elements."""
        return runs_of(self.odd)


def runs_of(marked: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the runs of what is marked: the first of each, and the first after it."""
    if not marked.any():
        return []
    steps = np.diff(np.concatenate([[False], marked, [False]]).astype(np.int8))
    return list(zip(np.flatnonzero(steps > 0).tolist(), np.flatnonzero(steps < 0).tolist(), strict=True))


class TagBytes:
    """The bytes of a piece, eight at a time.

    Attributes
    ----------
    words
        The eight bytes from each byte of the piece on; there are some more behind its end.
    starts
        Where each tag begins, behind its <.
    firsts
        The first eight bytes of each tag.
    has_closed
        Whether any tag may end itself.
    """

    def __init__(self, xml: bytes) -> None:
        padded = xml + bytes(_BEHIND + _WORD)
        self.words: NDArray[np.uint64] = np.ndarray(len(xml) + _BEHIND, "<u8", padded, strides=(1,))
        self.starts = np.flatnonzero(np.frombuffer(xml, np.uint8) == ord("<")) + 1
        self.firsts = self.words[self.starts]
        self.has_closed = b"/>" in xml


class TagNames:
    """Numbers for tags.

    Tags are told by the bytes of the piece they stand in, eight at a time, which is several times faster than by their
    texts: two letters say which tag it may be, and eight whether it is.

    Parameters
    ----------
    numbers
        By tags. One that ends with a space stands for all tags that begin so. No two begin with the same two letters,
        the > behind a tag included.
    closed
        By such a tag's number, that of one that ends itself.
    """

    def __init__(self, numbers: Mapping[str, int], closed: Mapping[int, int] | None = None) -> None:
        self._closed = dict(closed or {})
        self._instead = np.zeros(256, np.uint8)
        self._instead[[*self._closed]] = [*self._closed.values()]
        self._texts = [name.encode() if name.endswith(" ") else f"{name}>".encode() for name in numbers]
        places = len(self._texts) + 1
        self._numbers = np.array([0, *numbers.values()], np.uint8)
        self._likely = np.zeros(1 << 16, np.uint8)
        # No tag has the place 0, and nothing is equal to its word.
        self._masks, self._words = np.zeros(places, np.uint64), np.ones(places, np.uint64)
        for place, text in enumerate(self._texts, start=1):
            self._likely[int.from_bytes(text[:2], "little")] = place
            self._masks[place], self._words[place] = _mask(text[:_WORD]), word_of(text[:_WORD])

    def of(self, piece: TagBytes, tags: pl.Series) -> NDArray[np.uint8]:
        """Return the number of each tag of a piece, 0 for one without a name; `tags` are all of them."""
        places = self._likely[piece.firsts.astype(np.uint16)]
        places *= (piece.firsts & self._masks[places]) == self._words[places]
        for place, text in enumerate(self._texts, start=1):
            for done in range(_WORD, len(text), _WORD):
                at = np.flatnonzero(places == place)
                more, rest = piece.words[piece.starts[at] + done], text[done : done + _WORD]
                places[at[(more & _mask(rest)) != word_of(rest)]] = 0
        numbers = self._numbers[places]
        if self._closed and piece.has_closed:
            at = np.flatnonzero(np.isin(numbers, [*self._closed]))
            at = at[tags.gather(at).str.ends_with("/").to_numpy()]
            numbers[at] = self._instead[numbers[at]]
        return numbers


def word_of(text: bytes) -> np.uint64:
    """Return at most eight bytes as they stand in a word."""
    return np.uint64(int.from_bytes(text, "little"))


def _mask(text: bytes) -> np.uint64:
    return word_of(b"\xff" * len(text))
