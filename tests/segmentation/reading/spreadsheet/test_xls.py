"""Cells of old Excel workbooks."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from campaigns import campaign
from hypothesis import given, settings
from hypothesis import strategies as st
from workbooks import write_xls

from segmentation.errors import BadInput
from segmentation.reading.spreadsheet import xls
from segmentation.reading.spreadsheet.cells import Cell, Kind, cell_text
from segmentation.reading.spreadsheet.xls import opened_xls


def test_reads_every_kind_of_cell_with_its_format(tmp_path: Path) -> None:
    with opened_xls(write_xls(tmp_path / "a.xls")) as book:
        rows = {row.index: row for row in book.rows("Data")}
        assert [(sheet.name, sheet.visible) for sheet in book.sheets] == [("Data", True), ("Hidden", False)]
        assert book.hidden_columns("Data") == {1}
    assert sorted(rows) == [0, 2, 3, 4, 5, 6]
    assert [row.hidden for row in rows.values()] == [False, False, False, True, False, False]
    assert [cell_text(cell) for cell in rows[4].cells.values()] == ["004", "25", "26.5", "79", "2024-01-02", "0.35"]
    assert rows[4].cells[5] == Cell(Kind.NUMBER, 0.35, "0%")
    assert rows[6].cells[1] == Cell(Kind.BOOLEAN, 1.0)
    assert rows[6].cells[2] == Cell(Kind.ERROR, "#N/A")


@settings(deadline=None, max_examples=campaign(60, 2000))
@given(changes=st.lists(st.tuples(st.integers(0, 5631), st.integers(0, 255)), min_size=1, max_size=8))
def test_a_damaged_file_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int]]
) -> None:
    path = write_xls(tmp_path_factory.mktemp("w") / "a.xls")
    data = bytearray(path.read_bytes())
    for at, byte in changes:
        data[at] = byte
    path.write_bytes(data)
    with suppress(BadInput), opened_xls(path) as book:
        for sheet in book.sheets:
            list(book.rows(sheet.name))


def test_refuses_a_file_cut_off(tmp_path: Path) -> None:
    path = write_xls(tmp_path / "a.xls")
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(BadInput, match="damaged old Excel workbook"), opened_xls(path):
        pass


def test_refuses_a_password(tmp_path: Path) -> None:
    path = write_xls(tmp_path / "a.xls")
    data = bytearray(path.read_bytes())
    # The stream's second record becomes FILEPASS, which says that all after it is encrypted.
    stream = data.index(b"\x09\x08\x10\x00")
    data[stream + 20 : stream + 22] = b"\x2f\x00"
    path.write_bytes(data)
    with pytest.raises(BadInput, match="protected with a password"), opened_xls(path):
        pass


def test_refuses_a_file_beyond_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_xls(tmp_path / "a.xls")
    monkeypatch.setattr(xls, "MOST_BYTES", 1024)
    with pytest.raises(BadInput, match=r"has 5\.5 KB; the limit is 1 KB\. Save it as xlsx"), opened_xls(path):
        pass
