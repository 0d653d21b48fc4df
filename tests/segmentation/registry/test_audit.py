"""The log of who moved what: append-only, whole lines only, and the history that follows from it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from segmentation.errors import BrokenArtifact
from segmentation.registry.audit import DISCARDED, PROMOTED, RECOVERED, ROLLED_BACK, SAVED, AuditEntry, AuditLog, served

ENTRY = AuditEntry("2026-01-02T03:04:05+00:00", PROMOTED, "U1", "v1", None, "first")


def history(*moves: tuple[str, str]) -> list[str]:
    return served(AuditEntry("", event, "", version) for event, version in moves)


def test_entries_are_read_back_in_order(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl")
    assert log.entries() == []
    entries = [ENTRY, AuditEntry("t", ROLLED_BACK, "Ü", "v0", "v1", 'a "note"\nin two lines')]
    for entry in entries:
        log.append(entry)
    assert log.entries() == entries
    assert len((tmp_path / "audit.jsonl").read_bytes().splitlines()) == 2


def test_a_note_that_is_no_valid_unicode_does_not_lose_the_entry(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl")
    odd = AuditEntry("t", PROMOTED, "U1", "v1", None, "half \ud83d pair")
    log.append(odd)
    assert log.entries() == [odd]


def test_details_are_read_back_and_older_lines_have_none(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl")
    told = AuditEntry("t", PROMOTED, "U1", "v1", details={"data": "abc", "metrics": {"silhouette": 0.5}})
    log.append(told)
    with (tmp_path / "audit.jsonl").open("ab") as file:
        file.write(b'{"at": "t", "event": "saved", "actor": "U1", "version": "v1", "previous": null, "note": ""}\n')
    assert log.entries() == [told, AuditEntry("t", SAVED, "U1", "v1")]
    assert log.entries()[1].details == {}


@pytest.mark.parametrize(
    "line",
    [
        *(b"", b"garbage", b"{}", b"[]", b"null", b"7", b'{"at": "x"}', b"\xff\xfe", b"[" * 100_000),
        json.dumps({"at": 1, "event": "promoted", "actor": "a", "version": "v"}).encode(),
        json.dumps({"at": "", "event": "promoted", "actor": "a", "version": "v", "more": 1}).encode(),
        json.dumps({"at": "", "event": "promoted", "actor": "a", "version": "v", "details": []}).encode(),
    ],
    ids=lambda line: repr(line[:20]),
)
def test_a_line_that_is_no_entry_is_passed_over(tmp_path: Path, line: bytes) -> None:
    log = AuditLog(tmp_path / "audit.jsonl")
    log.append(ENTRY)
    with (tmp_path / "audit.jsonl").open("ab") as file:
        file.write(line + b"\n")
    log.append(ENTRY)
    assert log.entries() == [ENTRY, ENTRY]


def test_a_line_cut_short_at_any_byte_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    AuditLog(path).append(ENTRY)
    whole = path.read_bytes()
    for length in range(1, len(whole) - 1):
        path.write_bytes(whole + whole[:length])
        log = AuditLog(path)
        assert log.entries() == [ENTRY]
        log.append(AuditEntry("t", SAVED, "U2", "v2"))
        assert log.entries() == [ENTRY, AuditEntry("t", SAVED, "U2", "v2")]


def test_a_line_only_its_end_of_line_short_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    AuditLog(path).append(ENTRY)
    path.write_bytes(path.read_bytes()[:-1])
    AuditLog(path).append(ENTRY)
    assert AuditLog(path).entries() == [ENTRY, ENTRY]


def test_a_write_the_disk_cut_short_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = AuditLog(tmp_path / "audit.jsonl")
    write = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: write(fd, data[:10]))
    with pytest.raises(OSError, match="No space left"):
        log.append(ENTRY)


def test_a_log_that_is_no_file_is_refused_in_a_sentence_without_waiting(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    os.mkfifo(tmp_path / "pipe")
    for name in ("folder", "link"):
        with pytest.raises(BrokenArtifact, match=f"The log {name} can't be read"):
            AuditLog(tmp_path / name).entries()
    assert AuditLog(tmp_path / "pipe").entries() == []


def test_promotions_push_and_rollbacks_pop() -> None:
    assert history() == []
    up = ((SAVED, "a"), (PROMOTED, "a"), (PROMOTED, "b"), (DISCARDED, "x"), (PROMOTED, "c"))
    assert history(*up) == ["a", "b", "c"]
    assert history(*up, (ROLLED_BACK, "b")) == ["a", "b"]
    assert history(*up, (ROLLED_BACK, "a")) == ["a"]
    assert history(*up, (ROLLED_BACK, "b"), (PROMOTED, "d")) == ["a", "b", "d"]
    assert history(*up, (ROLLED_BACK, "b"), (PROMOTED, "c")) == ["a", "b", "c"]
    assert history(*up, (PROMOTED, "a")) == ["a", "b", "c", "a"]
    assert history(*up, (PROMOTED, "a"), (ROLLED_BACK, "b")) == ["a", "b"]


def test_what_was_recovered_or_named_for_the_first_time_is_in_service() -> None:
    assert history((RECOVERED, "a"), (RECOVERED, "a"), (ROLLED_BACK, "z")) == ["a", "z"]
    assert history((PROMOTED, "a"), (PROMOTED, "b"), (PROMOTED, "c"), (RECOVERED, "b")) == ["a", "b"]
