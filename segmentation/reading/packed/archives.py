"""The one table in a gzip or zip archive, unpacked within limits."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO, Final

from segmentation.errors import BadInput, SeveralTables
from segmentation.numbers.values import quote
from segmentation.reading.encoding import Limits, size_text
from segmentation.reading.spreadsheet.package import PackageLimits

_CHUNK: Final = 1 << 20
# What packers add for themselves.
_SYSTEM_FILES: Final = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")
_TABLES: Final = (".csv", ".tsv", ".tab", ".txt", ".xlsx", ".xlsm", ".xls", ".ods")
_TAR_MARK: Final = b"ustar"
_TAR_MARK_AT: Final = 257


def unpack_gzip(source: Path, target: Path, limits: Limits, package_limits: PackageLimits) -> None:
    """Unpack a gzip file.

    Raises
    ------
    BadInput
        When it is damaged, unpacks to more than a file may have, or holds a folder (tar).
    """
    packed = source.stat().st_size
    # Without a limit for files, too, a bomb must not fill the disk.
    most = min(limits.file_bytes, max(package_limits.ratio_from, package_limits.ratio * packed))
    try:
        with gzip.open(source) as file:
            unpacked = _copy(file, target, most)
    except (OSError, EOFError, zlib.error) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise BadInput("The gzip archive is damaged: pack the table again, or send it unpacked.") from error
    if unpacked > most and limits.file_bytes > package_limits.unpacked_bytes:
        raise BadInput(
            f"The gzip archive unpacks to more than {package_limits.ratio} times its size, which is the limit. Unpack "
            "it, and take the table itself."
        )
    if unpacked > most:
        raise _too_large("gzip archive", limits.file_bytes)
    with target.open("rb") as file:
        if file.read(_TAR_MARK_AT + len(_TAR_MARK)).endswith(_TAR_MARK):
            raise BadInput("The file is a tar archive: unpack it and send the table inside.")


def unpack_zip(package: zipfile.ZipFile, target: Path, limits: Limits) -> str:
    """Unpack the one table of a zip file, whose sizes are checked already; return the table's name in it.

    Raises
    ------
    BadInput
        When there is no table, more than one, or one larger than a file may be.
    """
    entries = [entry for entry in package.infolist() if not entry.is_dir() and not _is_system_file(entry.filename)]
    tables = [entry for entry in entries if entry.filename.casefold().endswith(_TABLES)]
    if not tables and len(entries) == 1:
        # Whatever it is called; its content is looked at next.
        tables = entries
    if not tables:
        raise BadInput("The zip archive holds no table: send the table itself as CSV or xlsx.")
    if len(tables) > 1:
        raise SeveralTables(f"The zip archive holds {len(tables):,} tables: send the one to score.")
    (entry,) = tables
    if entry.file_size > limits.file_bytes:
        raise _too_large("zip archive", limits.file_bytes)
    with package.open(entry) as file:
        _copy(file, target, limits.file_bytes)
    return PurePosixPath(entry.filename).name


def _copy(file: IO[bytes] | gzip.GzipFile, target: Path, most: int) -> int:
    """Copy at most a little more than `most` bytes; return how many."""
    copied = 0
    with target.open("wb") as unpacked:
        while copied <= most and (chunk := file.read(_CHUNK)):
            unpacked.write(chunk)
            copied += len(chunk)
    return copied


def _is_system_file(name: str) -> bool:
    return name.startswith(_SYSTEM_FILES) or PurePosixPath(name).name.startswith((*_SYSTEM_FILES, "._"))


def _too_large(kind: str, most: int) -> BadInput:
    return BadInput(f"The table in the {kind} is larger than the limit of {size_text(most)}. Send it in parts.")


def packed_note(name: str) -> str:
    """Say which file of a zip archive was read."""
    return f"{quote(name)} in the zip archive was read."
