"""A workbook's zip package, opened only after its sizes are checked, and the XML in it, parsed without a DTD."""

from __future__ import annotations

import errno
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final
from xml.parsers import expat

from segmentation.errors import BadInput
from segmentation.reading.encoding import size_text

CHUNK: Final = 1 << 18
_MIB: Final = 1 << 20
_ENCRYPTED: Final = 1
# The parser holds an element's tag in memory until it ends.
_LONGEST_TOKEN: Final = 4 * _MIB
DAMAGED: Final = "The file is a damaged {kind}: open it, save it again, and send that."


class DamagedXml(Exception):
    """A part's XML cannot be read."""


# What zipfile and expat raise at damaged bytes; NotImplementedError at ways of packing they do not know.
_DAMAGE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    NotImplementedError,
    UnicodeDecodeError,
    DamagedXml,
)


@dataclass(frozen=True, slots=True)
class PackageLimits:
    """How much a zip package may hold; checked on its directory before anything is unpacked.

    Parameters
    ----------
    entries
        Files in it.
    unpacked_bytes
        All of them, unpacked.
    ratio
        Unpacked bytes per packed byte. Real sheets stay below 60; a bomb reaches 1,000.
    ratio_from
        Packages that unpack to fewer bytes are harmless at any ratio.
    text_bytes
        The part of a workbook that is held in memory: its table of texts.
    cells
        Cells that are not empty on the sheet that is read.
    repeats, repeats_from
        Such cells for each that an ods sheet writes, since it may say of one that it repeats. Sheets with fewer cells
        than `repeats_from` that are not written are harmless however often they repeat.
    """

    entries: int = 10_000
    unpacked_bytes: int = 2 << 30
    ratio: int = 200
    ratio_from: int = 32 * _MIB
    text_bytes: int = 128 * _MIB
    cells: int = 20_000_000
    repeats: int = 10
    repeats_from: int = 2_000_000


DEFAULT_PACKAGE_LIMITS: Final = PackageLimits()


@contextmanager
def opened_package(path: Path, kind: str, limits: PackageLimits) -> Iterator[zipfile.ZipFile]:
    """Open a zip file whose sizes are within the limits.

    Parameters
    ----------
    kind
        What to call it: "workbook", "zip archive".

    Raises
    ------
    BadInput
        When it is damaged, encrypted, or larger than it may be.
    """
    with _refusing_damage(kind):
        package = zipfile.ZipFile(path)
    with package, _refusing_damage(kind):
        _check(package, path.stat().st_size, kind, limits)
        yield package


@contextmanager
def _refusing_damage(kind: str) -> Iterator[None]:
    try:
        yield
    except _DAMAGE as error:
        raise BadInput(DAMAGED.format(kind=kind)) from error
    except OSError as error:
        # Offsets that point nowhere; everything else is the disk's.
        if error.errno not in {None, errno.EINVAL}:
            raise
        raise BadInput(DAMAGED.format(kind=kind)) from error


def _check(package: zipfile.ZipFile, packed: int, kind: str, limits: PackageLimits) -> None:
    entries = package.infolist()
    if len(entries) > limits.entries:
        raise BadInput(
            f"The {kind} holds {len(entries):,} files; the limit is {limits.entries:,}. Send the table as CSV."
        )
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        raise BadInput(f"The {kind} is protected with a password: remove the password, save it, and send that.")
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > limits.unpacked_bytes:
        raise BadInput(
            f"The {kind} unpacks to {size_text(unpacked)}; the limit is {size_text(limits.unpacked_bytes)}. "
            "Send the table as CSV."
        )
    if unpacked > limits.ratio_from and unpacked > limits.ratio * packed:
        raise BadInput(
            f"The {kind} unpacks to {unpacked // max(1, packed):,} times its size; the limit is {limits.ratio} times. "
            "Send the table as CSV."
        )


def local_name(name: str) -> str:
    """Return an element's or attribute's name without its namespace prefix."""
    return name.rpartition(":")[2]


class _LocalNames(dict[str, str]):
    """Names without their prefixes, each worked out once."""

    def __missing__(self, full: str) -> str:
        self[full] = name = local_name(full)
        return name


class XmlReader:
    """Feeds an XML file to handlers chunk by chunk, so that of a file of any size little is in memory.

    Parameters
    ----------
    start
        Called with an element's name, without prefix, and its attributes, prefixes included.
    end
        Called with an element's name.
    text
        Called with character data, in as many pieces as it comes.
    """

    def __init__(
        self,
        start: Callable[[str, dict[str, str]], None],
        end: Callable[[str], None],
        text: Callable[[str], None],
    ) -> None:
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._start, self._end = start, end
        self._fed = 0
        self._parser.StartElementHandler = self._first_element
        self._parser.CharacterDataHandler = text
        self._parser.StartDoctypeDeclHandler = _refuse_dtd

    def _first_element(self, full: str, attributes: dict[str, str]) -> None:
        """Choose the handlers: without prefixes expat calls ours directly, which saves a third of the time."""
        start, end, local = self._start, self._end, _LocalNames()
        if ":" in full:
            self._parser.StartElementHandler = lambda full, attributes: start(local[full], attributes)
            self._parser.EndElementHandler = lambda full: end(local[full])
        else:
            self._parser.StartElementHandler, self._parser.EndElementHandler = start, end
        start(local[full], attributes)

    def chunks(self, file: IO[bytes]) -> Iterator[None]:
        """Parse the whole file; yield after every chunk, so that the caller can pass on what the handlers gathered."""
        while chunk := file.read(CHUNK):
            self.feed(chunk)
            yield
        self.feed(b"", last=True)
        yield

    def feed(self, chunk: bytes, *, last: bool = False) -> None:
        """Parse some more of a file."""
        self._fed += len(chunk)
        try:
            self._parser.Parse(chunk, last)
            if self._fed - self._parser.CurrentByteIndex > _LONGEST_TOKEN:
                raise DamagedXml
        except (expat.ExpatError, LookupError) as error:
            # A LookupError: the encoding is unknown, or a handler missed an attribute.
            raise DamagedXml from error

    def read(self, file: IO[bytes]) -> None:
        """Parse the whole file."""
        for _ in self.chunks(file):
            pass


def _refuse_dtd(*_declared: object) -> None:
    raise BadInput(
        "The workbook's XML declares entities, as no spreadsheet program does: save it again in one, and send that."
    )
