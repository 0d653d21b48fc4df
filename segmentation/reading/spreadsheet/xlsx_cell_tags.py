"""The tags of an xlsx sheet's cells: the column, the style and the type of each, told by its bytes.

A tag is the cell's place, and attributes of which a sheet has few different ones. So the places are read by arithmetic
on eight bytes at a time, and the attributes with an expression, equal ones once.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from segmentation.reading.spreadsheet.xml_tokens import TagBytes, word_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

TYPES: Final = ("n", "s", "b", "e", "str", "inlineStr")
_ATTRIBUTES: Final = re.compile(rb'(?: s="(0|[1-9][0-9]{0,4})")?(?: t="(n|s|b|e|str|inlineStr)")?>')
_HEAD: Final = b'c r="'
# Longer attributes are left to the parser: ` s="12345" t="inlineStr">` has 25 bytes.
_LONGEST: Final = 32
_HIGH: Final = np.uint64(0x8080808080808080)
_MOST_LETTERS: Final = 3
_MOST_DIGITS: Final = 7
# A sheet has more different attributes than this only if somebody means harm: they are left to the parser.
_MOST_DIFFERENT: Final = 4096


def cell_tags(piece: TagBytes, places: NDArray[np.intp]) -> pl.DataFrame:
    """Read the tags of cells.

    Parameters
    ----------
    places
        Which of the piece's tags they are.

    Returns
    -------
    pl.DataFrame
        A row for each: `column` (UInt32), counted from 0, null for a tag that is not written as usual; `style`
        (UInt32), null without one; `type`, one of `TYPES`.
    """
    starts = piece.starts[places]
    # Letters, of which there are one to three, and digits of the place.
    letters = piece.words[starts + len(_HEAD)]
    count = _leading(_not_in(letters, ord("A"), 26))
    columns = np.zeros(len(starts), np.uint32)
    for at in range(_MOST_LETTERS):
        letter = ((letters >> np.uint64(8 * at)) & np.uint64(0xFF)).astype(np.uint32) - np.uint32(ord("A") - 1)
        columns = np.where(at < count, columns * np.uint32(26) + letter, columns)
    digits_at = starts + len(_HEAD) + count
    digits = _leading(_not_in(piece.words[digits_at], ord("0"), 10))
    end = digits_at + digits
    usual = (piece.firsts[places] & word_of(b"\xff" * len(_HEAD))) == word_of(_HEAD)
    usual &= (count >= 1) & (count <= _MOST_LETTERS) & (digits >= 1) & (digits <= _MOST_DIGITS)
    usual &= (piece.words[end] & np.uint64(0xFF)) == ord('"')
    attributes = _attributes(piece, end + 1, usual)
    return attributes.with_columns(column=pl.when(pl.col("usual")).then(pl.Series(columns) - 1)).drop("usual")


def _attributes(piece: TagBytes, starts: NDArray[np.intp], usual: NDArray[np.bool_]) -> pl.DataFrame:
    """Read what stands behind the places of cells; not of those that are not usual."""
    keys, open_ = list[pl.Series](), usual
    for at in range(_LONGEST // 8):
        words = piece.words[starts + 8 * at]
        ends = words ^ word_of(b">" * 8)
        ends = (ends - word_of(b"\x01" * 8)) & ~ends & _HIGH
        # Up to and with the >.
        lowest = ends & (~ends + np.uint64(1))
        until = np.where(ends == 0, ~np.uint64(0), (lowest << np.uint64(1)) - np.uint64(1))
        keys.append(pl.Series(str(at), np.where(open_, words & until, np.uint64(0))))
        open_ = open_ & (ends == 0)
        if not open_.any():
            break
    return _looked_up(pl.DataFrame(keys), pl.Series(usual & ~open_))


def _looked_up(keys: pl.DataFrame, usual: pl.Series) -> pl.DataFrame:
    """Read attributes, given as words; equal ones once."""
    different = keys.unique().head(_MOST_DIFFERENT)
    texts = [np.array(row, "<u8").tobytes().rstrip(b"\0") for row in different.iter_rows()]
    found = [_ATTRIBUTES.fullmatch(text) for text in texts]
    known = different.with_columns(
        style=pl.Series([int(one[1]) if one and one[1] else None for one in found], dtype=pl.UInt32),
        type=pl.Series([(one[2] or b"n").decode() if one else "n" for one in found], dtype=pl.Enum(TYPES)),
        known=pl.Series([one is not None for one in found]),
    )
    joined = keys.join(known, on=keys.columns, how="left", maintain_order="left")
    return joined.select("style", pl.col("type").fill_null("n"), usual=pl.col("known").fill_null(value=False) & usual)


def _not_in(words: NDArray[np.uint64], first: int, count: int) -> NDArray[np.uint64]:
    """Mark, by their highest bits, bytes that are not among some characters; right up to the first such one."""
    # What is carried from a byte that is not among them changes only the bytes behind it.
    above = words - word_of(bytes([first]) * 8)
    return ((above + word_of(bytes([0x80 - count]) * 8)) | above) & _HIGH


def _leading(marked: NDArray[np.uint64]) -> NDArray[np.intp]:
    """Return how many bytes stand before the first that is marked."""
    lowest = marked & (~marked + np.uint64(1))
    return (np.bitwise_count(lowest - np.uint64(1)) >> 3).astype(np.intp)
