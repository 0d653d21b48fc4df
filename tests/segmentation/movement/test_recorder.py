"""What is gathered of a file: keyed hashes, one row a customer, and nothing of a file that is too long."""

from __future__ import annotations

import hashlib

import polars as pl

from segmentation.movement.hashing import MovementKey
from segmentation.movement.recorder import Recorder

KEY = MovementKey.of(b"a signing key of 32 characters..", "T1")


def test_an_id_is_hashed_under_the_workspaces_key_without_the_spaces_around_it() -> None:
    hashes = KEY.hashed(pl.Series(["A1", " A1\u00a0", "a1", "", None, "  ", "Müller"]))
    expected = hashlib.blake2b(b"A1", digest_size=8, key=KEY.secret).digest()
    assert hashes[0] == hashes[1] == int.from_bytes(expected, "little")
    assert hashes.is_null().to_list() == [False, False, False, True, True, True, False]
    assert hashes.drop_nulls().n_unique() == 3


def test_another_workspace_and_another_signing_key_give_other_hashes_and_names() -> None:
    keys = [KEY, MovementKey.of(b"a signing key of 32 characters..", "T2"), MovementKey.of(b"another key", "T1")]
    assert len({key.name for key in keys}) == 3
    assert len({key.hashed(pl.Series(["A1"]))[0] for key in keys}) == 3
    assert KEY.secret.hex() not in repr(KEY)
    assert repr(KEY.secret) not in repr(KEY)


def test_an_id_counts_once_and_one_in_two_segments_is_left_out() -> None:
    recorder = Recorder(KEY)
    recorder.add(pl.Series(["same", "twice", "half", "", "never"]), pl.Series([0, 1, None, 2, None]))
    recorder.add(pl.Series(["same", "twice", "half"]), pl.Series([0, 2, 1]))
    customers, doubtful = recorder.customers()
    hashes = {name: KEY.hashed(pl.Series([name]))[0] for name in ("same", "half", "never")}
    assert dict(customers.iter_rows()) == {hashes["same"]: 0, hashes["half"]: 1, hashes["never"]: None}
    assert doubtful == 1
    assert customers["customer"].is_sorted()


def test_a_file_read_twice_counts_once() -> None:
    recorder = Recorder(KEY)
    recorder.add(pl.Series(["a", "b"]), pl.Series([0, 1]))
    recorder.begin()
    recorder.add(pl.Series(["a"]), pl.Series([1]))
    assert recorder.customers()[0]["segment"].to_list() == [1]


def test_of_a_file_longer_than_is_remembered_nothing_is_kept() -> None:
    recorder = Recorder(KEY, most=3)
    recorder.add(pl.Series(["a", "b", ""]), pl.Series([0, 1, 1]))
    assert not recorder.overflowed
    recorder.add(pl.Series(["c", "d"]), pl.Series([0, 1]))
    recorder.add(pl.Series(["e"]), pl.Series([0]))
    assert recorder.overflowed
    assert recorder.customers()[0].is_empty()
