"""The kernel's functions one by one, and what is said where there is none."""

from __future__ import annotations

import csv
import importlib.util
import io
import logging
from ctypes import c_int64
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference import sample_trained
from scoring_cases import AGELESS_TREE, hand_made_model

from segmentation import compiled
from segmentation.compiled import library_path
from segmentation.model import SegmentModel
from segmentation.reading.others import totals
from segmentation.scoring.batch import BatchPredictor
from segmentation.scoring.kernel import build as building
from segmentation.scoring.kernel import cells, labels, library, use
from segmentation.scoring.kernel.build import NotBuilt, build, compile_to
from segmentation.scoring.kernel.library import Kernel
from segmentation.tree import DecisionTree

PIECES = st.lists(st.sampled_from(['"', '""', ",", "\n", "\r\n", "\r", "a", "é", "1"]), max_size=30).map("".join)

LEAF = DecisionTree((-1,), (0.0,), (-1,), (-1,), (1,))


@given(PIECES)
def test_whole_records_end_where_the_csv_module_ends_them(kernel: Kernel, text: str) -> None:
    found = kernel.whole_records(text.encode(), ",")
    begin = text.encode()[: found.size].decode()
    assert found.lines == len(io.StringIO(begin, newline="").readlines())
    rows = list(csv.reader(io.StringIO(begin, newline=""), strict=True))
    ends = kernel.record_ends(begin.encode(), ",", len(begin) + 1)
    assert len(ends) == len(rows)
    assert [row for end, start in zip(ends, [0, *ends], strict=False)
            for row in csv.reader(io.StringIO(begin.encode()[start:end].decode(), newline=""))] == rows  # fmt: skip
    if not found.exact:
        # No whole record is left: what follows is part of one.
        assert kernel.whole_records(text.encode()[found.size :], ",").size == 0


def test_hashes_are_of_whole_ids(kernel: Kernel) -> None:
    ids = pl.Series(["a", "b", "a", "", "aaaaaaaa", "aaaaaaaaa", "é", "a\0"])
    hashes = kernel.hashed(ids)
    assert hashes.null_count() == 1
    assert hashes[3] is None
    assert hashes[0] == hashes[2]
    assert hashes.n_unique() == 7
    assert kernel.hashed(pl.Series([], dtype=pl.String)).len() == 0


@pytest.mark.parametrize(("first", "last"), [(0, 0), (8, 12), (98, 103), (10**15 - 3, 10**15 - 1)])
def test_numbers_are_hashed_as_they_are_written(kernel: Kernel, first: int, last: int) -> None:
    written = pl.Series([str(number) for number in range(first, last + 1)])
    hashes = kernel.hashed(written).to_list()
    assert kernel.hashed_numbers([(first, last)]).tolist() == hashes
    assert kernel.hashed_numbers([(first, first), (first, last), (last, last)]).tolist() == [
        hashes[0], *hashes, hashes[-1]
    ]  # fmt: skip


def test_text_that_is_no_csv_has_no_records(kernel: Kernel) -> None:
    with pytest.raises(AssertionError, match="no CSV"):
        kernel.record_ends(b'a,"b"c\n', ",", 5)


def test_a_library_of_another_source_is_not_used(
    monkeypatch: pytest.MonkeyPatch, kernel: Kernel, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(library, "OddRow", c_int64)
    found = use.load()
    assert isinstance(found, str)
    assert "another version" in found
    use._kernel.cache_clear()
    with caplog.at_level(logging.INFO):
        assert use.wanted_kernel() is None
        assert use.wanted_kernel() is None
    assert len(caplog.records) == 1
    use._kernel.cache_clear()


def test_the_environment_decides(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEGBOT_KERNEL", raising=False)
    assert use.wanted_kernel() is not None
    monkeypatch.setenv("SEGBOT_KERNEL", "always")
    assert use.wanted_kernel() is not None
    monkeypatch.setenv("SEGBOT_KERNEL", "off")
    assert use.wanted_kernel() is None


def test_without_a_library_nothing_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(use, "library_path", lambda: tmp_path / "none.so")
    assert use.load() == "it is not built"


def test_the_present_library_is_not_built_again(kernel: Kernel) -> None:
    before = library_path().stat()
    assert build() == library_path()
    assert library_path().stat() == before


def test_another_source_is_another_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kernel.c").write_text("int nothing;")
    monkeypatch.setattr(compiled, "SOURCE", tmp_path / "kernel.c")
    first = library_path()
    (tmp_path / "kernel.c").write_text("int other;")
    assert first.parent == tmp_path
    assert library_path() != first


def test_a_build_without_a_compiler_says_so_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "kernel.c").write_text("int nothing;")
    monkeypatch.setattr(compiled, "SOURCE", tmp_path / "kernel.c")
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    building.main()
    assert "ziglang, is not installed" in capsys.readouterr().out


def test_tables_that_cannot_be_kept_are_no_reason_to_fail(
    kernel: Kernel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(labels, "stored_labels", lambda: tmp_path / "nowhere" / "labels-0.bin")
    building.main()
    assert "can't be kept (No such file or directory)" in capsys.readouterr().out


def test_a_source_that_cannot_be_compiled_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kernel.c").write_text("this is no C")
    monkeypatch.setattr(compiled, "SOURCE", tmp_path / "kernel.c")
    monkeypatch.setattr(building, "compile_to", lambda *_: compile_failing())
    with pytest.raises(NotBuilt, match="failed"):
        build()
    assert [path.name for path in tmp_path.iterdir()] == ["kernel.c"]


def compile_failing() -> None:
    raise NotBuilt("the compiler failed: error")


def test_a_new_library_takes_the_place_of_earlier_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kernel.c").write_text("int nothing;")
    (tmp_path / "kernel-0000.so").write_text("earlier")
    monkeypatch.setattr(compiled, "SOURCE", tmp_path / "kernel.c")
    monkeypatch.setattr(building, "compile_to", lambda made, _: made.write_text("library"))
    assert build().read_text() == "library"
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".c", ".so"]


def test_the_tables_of_labels_are_made_once_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tmp_path / "labels-now.bin"
    (tmp_path / "labels-earlier.bin").write_bytes(b"earlier")
    monkeypatch.setattr(labels, "stored_labels", lambda: kept)
    read = labels.labels.__wrapped__
    made = read()
    labels.store_labels()
    assert [path.name for path in tmp_path.iterdir()] == ["labels-now.bin"]
    assert kept.read_bytes() == made.folds + made.words
    monkeypatch.setattr(labels, "made_labels", lambda: None)
    labels.store_labels()
    assert read() == made
    # What was cut off is not used.
    kept.write_bytes(made.folds)
    assert read() is None


def test_other_rules_for_labels_are_kept_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = labels.stored_labels()
    assert labels.stored_labels() == before
    (tmp_path / "totals.py").write_text("other rules")
    monkeypatch.setattr(totals, "__file__", str(tmp_path / "totals.py"))
    assert labels.stored_labels() != before


@pytest.mark.parametrize(
    "model", [sample_trained().model, hand_made_model(), hand_made_model(tree=AGELESS_TREE), hand_made_model(tree=LEAF)]
)
def test_a_tree_is_laid_out_as_numpy_lays_it_out(model: SegmentModel) -> None:
    found = BatchPredictor(model).cells
    assert found is not None
    cuts, strides, table = found
    assert cells.filled_cells(model.tree) == table.tobytes()
    assert cells.cell_count(model.tree) == len(table)
    assert cells.strides_of(model.tree) == strides
    assert list(cuts) == list(model.tree.cuts)


@pytest.mark.long
@pytest.mark.parametrize("target", ["aarch64-linux-gnu", "aarch64-linux-musl", "x86_64-linux-musl", "aarch64-macos"])
def test_it_compiles_for_other_platforms(tmp_path: Path, target: str) -> None:
    options = ["-target", target] + (["-Wl,-s"] if "macos" in target else [])
    compile_to(tmp_path / "kernel.so", tmp_path, *options)
    assert (tmp_path / "kernel.so").stat().st_size > 1000
