"""A scored text table → the result in the form its source came in: text, workbook, gzip or zip."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from segmentation.errors import BadInput
from segmentation.reading.file_kind import Container, WorkbookKind

if TYPE_CHECKING:
    from segmentation.model import SegmentModel
    from segmentation.reading.packed.found import Source

# The result's name inside a zip archive: our own, nothing of the sender's.
_NAME_INSIDE: Final = "segments"
_TEXT_ENDINGS: Final = frozenset({".csv", ".tsv", ".tab", ".txt"})
_KNOWN_ENDINGS: Final = _TEXT_ENDINGS | {".xlsx", ".xlsm", ".xls", ".ods", ".gz", ".zip"}


def is_plain(source: Source) -> bool:
    """Tell whether the scored text table is the result already."""
    return source.archive is None and source.workbook is None


def result_suffix(source: Source) -> str:
    """Return how the result's file name ends: ".csv", ".xlsx", ".csv.gz" or ".zip"."""
    inner = ".csv" if source.workbook is None else ".xlsx"
    if source.archive is None:
        return inner
    return ".zip" if source.archive is Container.ZIP else f"{inner}.gz"


def result_notes(source: Source, guarded_cells: int) -> tuple[str, ...]:
    """Say how the result differs from the source in form, and in cells that a spreadsheet would have run."""
    if source.workbook is None and guarded_cells:
        return (_guarded_note(guarded_cells),)
    kind = source.workbook and source.workbook.kind
    if kind is WorkbookKind.XLSM:
        return ("The result is an xlsx workbook, without the macros.",)
    return ("The result is an xlsx workbook.",) if kind in {WorkbookKind.XLS, WorkbookKind.ODS} else ()


def check_target(source: Source, target: Path) -> None:
    """Refuse a target whose name promises another form than the source's.

    Raises
    ------
    BadInput
        With a name that would do.
    """
    suffix, ending = result_suffix(source), target.suffix.casefold()
    allowed = _TEXT_ENDINGS if suffix == ".csv" else {f".{suffix.rpartition('.')[2]}"}
    if ending in _KNOWN_ENDINGS - allowed:
        name = target.name.removesuffix(target.suffix)
        raise BadInput(f"The result is in the form of the input: name it {name}{suffix} instead of {target.name}.")


def pack(source: Source, scored: Path, result: BinaryIO, model: SegmentModel, folder: Path) -> None:
    """Write the result.

    Parameters
    ----------
    source
        The file that was scored, still open.
    scored
        The scored text table.
    result
        Where the result goes; readable and seekable.
    folder
        Where to write on the way.
    """
    if source.archive is None:
        _write_inner(source, scored, result, model, folder)
        return
    inner = folder / "inner"
    with inner.open("w+b") as file:
        _write_inner(source, scored, file, model, folder)
    if source.archive is Container.GZIP:
        import gzip  # noqa: PLC0415 - most files are not packed

        # Neither time nor name in the header: the same table gives the same bytes, and nothing of our folders gets out.
        with inner.open("rb") as file, gzip.GzipFile("", "wb", fileobj=result, mtime=0) as packed:
            shutil.copyfileobj(file, packed)
        return
    import zipfile  # noqa: PLC0415 - most files are not packed

    name = _NAME_INSIDE + (".csv" if source.workbook is None else ".xlsx")
    with zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as package:
        package.write(inner, name)


def _write_inner(source: Source, scored: Path, result: BinaryIO, model: SegmentModel, folder: Path) -> None:
    if source.workbook is not None:
        from segmentation.scoring.sheets.workbook import write_workbook  # noqa: PLC0415 - its library takes a tenth of a second

        write_workbook(source.workbook, scored, result, model, folder)
        return
    with scored.open("rb") as file:
        shutil.copyfileobj(file, result)


def _guarded_note(cells: int) -> str:
    if cells == 1:
        return "1 cell that a spreadsheet would run as a formula now begins with an apostrophe."
    return f"{cells:,} cells that a spreadsheet would run as formulas now begin with an apostrophe."
