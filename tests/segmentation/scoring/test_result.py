"""The columns that scoring adds: their names, free whatever the data are called."""

from __future__ import annotations

from segmentation.scoring.result import RESULT_COLUMNS, renamed, result_names


def test_the_added_columns_keep_their_names_beside_other_columns() -> None:
    assert result_names(["id", "segments"]) == RESULT_COLUMNS
    assert renamed(RESULT_COLUMNS) == ""


def test_an_added_column_gets_the_first_free_number() -> None:
    names = result_names([" Segment", "segment_2", "NOTÉ"])
    assert names == ("segment_3", "confidence", "note_2")
    assert renamed(names) == "segment is segment_3, note is note_2"
