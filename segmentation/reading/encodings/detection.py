"""Which encoding a text is in that is not UTF-8: a detector's models and the looks of names must agree on one reading.

A table has few letters beyond ASCII, too few for a detector alone. Readings that look like no names are ruled out by
`plausibility`; among the others chardet's models of languages decide. If two readings differ and neither clearly wins,
nobody can be sure, and the caller is told so.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from segmentation.reading.encodings.plausibility import faults

# By Python's names, which are chardet's too: what programs that write tables have used, and what people call it.
ENCODING_NAMES: Final = {
    "utf-8": "UTF-8",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "cp1252": "Windows-1252",
    "cp1250": "Windows-1250 (Central European)",
    "cp1251": "Windows-1251 (Cyrillic)",
    "cp1253": "Windows-1253 (Greek)",
    "cp1254": "Windows-1254 (Turkish)",
    "cp1255": "Windows-1255 (Hebrew)",
    "cp1256": "Windows-1256 (Arabic)",
    "cp1257": "Windows-1257 (Baltic)",
    "cp874": "Windows-874 (Thai)",
    "cp932": "Shift JIS (Japanese)",
    "cp949": "CP949 (Korean)",
    "gb18030": "GB18030 (Simplified Chinese)",
    "big5hkscs": "Big5 (Traditional Chinese)",
    "iso8859-2": "ISO 8859-2 (Central European)",
    "iso8859-15": "ISO 8859-15 (Western European)",
    "koi8-r": "KOI8-R (Cyrillic)",
    "mac-roman": "Mac Roman (Western European)",
    "euc_jis_2004": "EUC-JP (Japanese)",
    "mac-cyrillic": "Mac Cyrillic",
    "iso8859-5": "ISO 8859-5 (Cyrillic)",
    "cp866": "DOS 866 (Cyrillic)",
    "cp850": "DOS 850 (Western European)",
}
_CANDIDATES: Final = tuple(name for name in ENCODING_NAMES if not name.startswith("utf"))
# Encodings that programs still write today, before those that few do.
_RARITY: Final = {"cp1252": 1.3, "iso8859-15": 0.9, "mac-roman": 0.9, "cp874": 0.8} | dict.fromkeys(
    ("iso8859-2", "cp1257", "koi8-r", "euc_jis_2004", "mac-cyrillic", "iso8859-5", "cp866", "cp850"), 0.7
)
# A vertical bar is left out: it is half of a character in Shift JIS, GB18030 and Big5.
_SEPARATORS: Final = re.compile(rb'[,;\t"\r\n]+')
_SAMPLE_BYTES: Final = 12_000
_LONGEST_CELL: Final = 400
# How much one fault in one cell weighs against the detector's confidence, of which `_FLOOR` is left to all.
_FAULT_WEIGHT: Final = 3.0
_FLOOR: Final = 0.001
# A reading wins clearly if the next one has less than this share of its weight. On 260 tables of one to four
# names this leaves no wrong answer, and 17 open.
_RIVAL: Final = 0.5
# More faults than this in the average cell, and the best reading is none: names in encodings that are not among the
# candidates, such as DOS 852, read as others have a fault in every other cell, and right readings hardly any.
_NONSENSE: Final = 0.4
# Faults that a right reading may have as well: `Preis€` is odd, but somebody's heading.
_BY_CHANCE: Final = 1.0


@dataclass(frozen=True, slots=True)
class Detection:
    """What is known of a text's encoding.

    Parameters
    ----------
    encoding
        Python's name of it; None if nobody can be sure.
    rivals
        If nobody can be sure, the encodings it may be, the likeliest first.
    """

    encoding: str | None
    rivals: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Reading:
    encoding: str
    cells: tuple[str, ...]
    evidence: float

    def weight(self, places: Sequence[int] | None = None) -> float:
        """Return how likely the reading is, judged by all its cells or by those at some places."""
        cells = self.cells if places is None else [self.cells[place] for place in places]
        return self.evidence * math.exp(-_FAULT_WEIGHT * faults(cells, self.encoding) / math.sqrt(len(cells)))


def sample_cells(chunks: Iterable[bytes]) -> list[bytes]:
    """Collect the first few different cells with bytes beyond ASCII, reading no more chunks than needed.

    Parameters
    ----------
    chunks
        The file's bytes, in order, cut anywhere.
    """
    cells: dict[bytes, None] = {}
    size = 0
    for cell in _cells(chunks):
        if cell.isascii() or cell in cells:
            continue
        cells[cell] = None
        size += len(cell)
        if size > _SAMPLE_BYTES:
            break
    # Texts of many words count only if the file holds nothing else.
    return [cell for cell in cells if len(cell) <= _LONGEST_CELL] or list(cells)[:1]


def _cells(chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        *whole, rest = _SEPARATORS.split(rest + chunk)
        yield from whole
        rest = rest[-_SAMPLE_BYTES:]
    yield rest


def detect(cells: Sequence[bytes], decodes: Callable[[str], bool]) -> Detection:
    """Tell the encoding of some cells.

    Parameters
    ----------
    cells
        As `sample_cells` collects them, at least one.
    decodes
        Tells whether the whole file can be read in an encoding; asked for as few as possible.
    """
    readings = sorted(_readings(cells), key=_Reading.weight, reverse=True)
    best = next((reading for reading in readings if decodes(reading.encoding)), None)
    if best is None:
        return Detection(None)
    rivals = [reading for reading in readings if _rivals(reading, best) and decodes(reading.encoding)]
    nonsense = faults(best.cells, best.encoding) > _BY_CHANCE + _NONSENSE * len(best.cells)
    if rivals or nonsense:
        return Detection(None, (best.encoding, *(rival.encoding for rival in rivals)))
    # Of encodings that read the text alike, the most usual one is named.
    alike = {reading.encoding for reading in readings if reading.cells == best.cells}
    return Detection(next(name for name in _CANDIDATES if name in alike and decodes(name)))


def _readings(cells: Sequence[bytes]) -> list[_Reading]:
    decoded = {name: texts for name in _CANDIDATES if (texts := _decoded(cells, name)) is not None}
    sure = _confidences(b"\n".join(cells) + b"\n", decoded)
    return [
        _Reading(name, texts, (sure.get(name, 0.0) + _FLOOR) * _RARITY.get(name, 1.0))
        for name, texts in decoded.items()
    ]


def _decoded(cells: Sequence[bytes], encoding: str) -> tuple[str, ...] | None:
    try:
        return tuple(cell.decode(encoding) for cell in cells)
    except UnicodeDecodeError:
        return None


def _confidences(data: bytes, encodings: Iterable[str]) -> Mapping[str, float]:
    import chardet  # noqa: PLC0415 - its models take a moment to load, and UTF-8 files do without

    found = chardet.detect_all(data, ignore_threshold=True, include_encodings=encodings, compat_names=False)
    return {answer["encoding"]: answer["confidence"] for answer in found if answer["encoding"] is not None}


def _rivals(reading: _Reading, best: _Reading) -> bool:
    """Tell whether a reading differs from the best one and is nearly as likely, judged where the two differ."""
    places = [i for i, (one, other) in enumerate(zip(reading.cells, best.cells, strict=True)) if one != other]
    return bool(places) and reading.weight(places) >= _RIVAL * best.weight(places)
