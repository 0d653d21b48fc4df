"""A stored version: only what we signed is opened, and nothing of anything else is parsed, served or executed."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import os
import pickle
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import joblib
import pytest
from reference import KEY, rfm_trained, sample_trained

from segmentation.errors import BrokenArtifact
from segmentation.evaluation.comparison import Comparison, Verdict
from segmentation.reading.problems import Problem
from segmentation.registry import artifact
from segmentation.registry.artifact import (
    FILES,
    MANIFEST,
    MODEL,
    PIPELINES,
    compare_forms,
    is_version_id,
    model_bytes,
    pack,
    read,
    read_manifest,
    unpickle_pipelines,
)
from segmentation.training.reports.training import TrainingReport
from segmentation.training.train import Trained

FIRST = Comparison(None, Verdict.FIRST, ("There is nothing to compare with.",), ())


def about(version: str) -> dict[str, str]:
    stated = {"created_at": "2026-01-02T03:04:05+00:00", "created_by": "U1", "source": "test", "note": ""}
    return {"version": version, **stated}


@cache
def packed(version: str = "v1", train: Callable[[], Trained] = sample_trained) -> dict[str, bytes]:
    return pack(train(), KEY, about(version))


def write(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


@pytest.fixture
def version(tmp_path: Path) -> Path:
    return write(tmp_path / "v1", packed())


def sign(body: dict[str, Any], key: bytes = KEY) -> bytes:
    """Sign a manifest as `pack` does."""
    text = json.dumps(body, indent=1).encode()
    signature = hmac.new(key, text, hashlib.sha256).hexdigest()
    return text[:-2] + f',\n "signature": "{signature}"\n}}\n'.encode()


def unsigned() -> dict[str, Any]:
    body: dict[str, Any] = json.loads(packed()[MANIFEST])
    del body["signature"]
    return body


def refuse(folder: Path, what: str, key: bytes = KEY) -> None:
    with pytest.raises(BrokenArtifact) as caught:
        read(folder, key)
    assert caught.value.sentence.startswith(f"Model version {folder.name} was not used: ")
    assert what in caught.value.sentence


@pytest.mark.parametrize("train", [sample_trained, rfm_trained], ids=["sample", "rfm"])
def test_what_was_packed_is_read_back_whole(tmp_path: Path, train: Callable[[], Trained]) -> None:
    folder = write(tmp_path / "v1", packed("v1", train))
    stored = read(folder, KEY)
    assert stored.model == replace(train().model, version="v1")
    assert stored.manifest == read_manifest(folder, KEY)
    assert stored.manifest.contract == train().model.schema.fingerprint
    assert stored.manifest.report == train().report
    assert len(stored.manifest.golden) == artifact.GOLDEN_ROWS
    compare_forms(stored.model, unpickle_pipelines(stored))


def test_the_same_model_is_the_same_bytes() -> None:
    assert packed()[MODEL] == model_bytes(sample_trained().model)
    assert set(packed()) == FILES
    assert sign(unsigned()) == packed()[MANIFEST]


@pytest.mark.parametrize("train", [sample_trained, rfm_trained], ids=["sample", "rfm"])
def test_a_report_comes_back_from_json_as_it_was(train: Callable[[], Trained]) -> None:
    report = train().report
    assert TrainingReport.from_data(json.loads(json.dumps(report.to_data(), allow_nan=False))) == report


def test_a_version_from_before_profiles_were_kept_is_read(version: Path) -> None:
    body = unsigned()
    del body["report"]["profile"]
    (version / MANIFEST).write_bytes(sign(body))
    assert read(version, KEY).manifest.report == replace(sample_trained().report, profile=None)


def test_what_a_later_version_adds_to_a_report_is_ignored(version: Path) -> None:
    body = unsigned()
    body["report"]["mood"] = "good"
    (version / MANIFEST).write_bytes(sign(body))
    assert read(version, KEY).manifest.report == sample_trained().report


@pytest.mark.parametrize("report", [None, [], {}, {"cleaning": 3}])
def test_a_report_of_an_unknown_form_is_refused(version: Path, report: object) -> None:
    (version / MANIFEST).write_bytes(sign({**unsigned(), "report": report}))
    refuse(version, "manifest.json has a report this version of segbot doesn't know")


def test_the_manifest_names_what_a_pickle_depends_on() -> None:
    libraries = unsigned()["libraries"]
    assert set(libraries) == {"scikit-learn", "numpy", "joblib"}
    assert all(libraries.values())


@pytest.mark.parametrize("name", sorted(FILES))
def test_no_file_with_a_flipped_bit_is_read(version: Path, name: str) -> None:
    whole = (version / name).read_bytes()
    for at in range(0, len(whole) * 8, len(whole) * 8 // 100):
        flipped = bytearray(whole)
        flipped[at // 8] ^= 1 << at % 8
        (version / name).write_bytes(flipped)
        refuse(version, name)
    (version / name).write_bytes(whole)
    read(version, KEY)


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_truncated_lengthened_missing_or_empty_file_is_refused(version: Path, name: str) -> None:
    whole = (version / name).read_bytes()
    for data in (whole[:-1], whole[: len(whole) // 2], b"", whole + b"\n", b"\n" + whole, whole * 2):
        (version / name).write_bytes(data)
        refuse(version, name)
    (version / name).unlink()
    refuse(version, f"{name} can't be read (No such file or directory)")


def test_a_manifest_signed_with_another_key_is_refused(version: Path) -> None:
    refuse(version, "signed with another key", b"another key")
    with pytest.raises(BrokenArtifact):
        read_manifest(version, b"another key")
    (version / MANIFEST).write_bytes(sign(unsigned(), b"another key"))
    refuse(version, "signed with another key")


def test_a_manifest_edited_by_hand_is_refused(version: Path) -> None:
    body = json.loads(packed()[MANIFEST])
    for edited in (body | {"note": "better"}, body | {"created_by": "U2"}):
        (version / MANIFEST).write_text(json.dumps(edited, indent=1) + "\n")
        refuse(version, "manifest.json is altered")
    for text in (json.dumps(body), json.dumps(body, indent=2), json.dumps(unsigned(), indent=1), "[]", "{}"):
        (version / MANIFEST).write_text(text)
        refuse(version, "manifest.json is altered")


def test_a_signature_in_a_note_signs_nothing(version: Path) -> None:
    body = unsigned()
    body["note"] = packed()[MANIFEST].decode()[-90:]
    (version / MANIFEST).write_text(json.dumps(body, indent=1))
    refuse(version, "manifest.json is altered")


def test_files_of_two_versions_are_not_mixed(tmp_path: Path) -> None:
    other = packed("v2", rfm_trained)
    for name in FILES:
        folder = write(tmp_path / "v1", packed() | {name: other[name]})
        with pytest.raises(BrokenArtifact):
            read(folder, KEY)
        shutil.rmtree(folder)


def test_a_version_in_another_s_folder_is_refused(tmp_path: Path) -> None:
    refuse(write(tmp_path / "v2", packed("v1")), "it is really version v1 in another's folder")


def test_a_foreign_file_is_refused(version: Path) -> None:
    (version / "extra.txt").write_text("hello")
    refuse(version, "it holds a foreign file, 'extra.txt'")


def make_link(path: Path) -> None:
    target = path.with_name("elsewhere")
    path.rename(target)
    path.symlink_to(target)


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def make_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def make_huge(path: Path) -> None:
    os.truncate(path, artifact.MOST_BYTES + 1)


@pytest.mark.parametrize("spoil", [make_folder, make_pipe, make_huge])
@pytest.mark.parametrize("name", sorted(FILES))
def test_a_file_that_is_no_plain_file_is_refused_without_waiting(
    version: Path, name: str, spoil: Callable[[Path], None]
) -> None:
    spoil(version / name)
    refuse(version, name)


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_linked_file_is_refused(version: Path, tmp_path: Path, name: str) -> None:
    (version / name).rename(tmp_path / name)
    (version / name).symlink_to(tmp_path / name)
    refuse(version, f"{name} can't be read")


def test_a_linked_folder_is_refused(version: Path) -> None:
    make_link(version)
    refuse(version, "its folder can't be opened")


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    refuse(tmp_path / "v1", "its folder can't be opened (No such file or directory)")


class Gadget:
    """Runs code when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self._marker = marker

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return Path.touch, (self._marker,)


def gadget(marker: Path) -> bytes:
    buffer = io.BytesIO()
    joblib.dump({"clusterer": Gadget(marker), "classifier": Gadget(marker)}, buffer, compress=3)
    return buffer.getvalue()


def test_a_planted_pickle_is_refused_and_never_run(version: Path, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    planted = gadget(marker)
    joblib.load(io.BytesIO(planted))
    assert marker.exists()  # the gadget works
    marker.unlink()
    for data in (planted, pickle.dumps(Gadget(marker))):
        body = unsigned()
        body["files"][PIPELINES] = hashlib.sha256(data).hexdigest()
        fitting = json.dumps(body | {"signature": json.loads(packed()[MANIFEST])["signature"]}, indent=1) + "\n"
        manifests = (packed()[MANIFEST], fitting.encode(), json.dumps(body).encode(), sign(body, b"guess"))
        for manifest in manifests:
            (version / PIPELINES).write_bytes(data)
            (version / MANIFEST).write_bytes(manifest)
            with pytest.raises(BrokenArtifact):
                unpickle_pipelines(read(version, KEY))
    assert not marker.exists()


def test_reading_a_version_never_unpickles(version: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_args: object, **_named: object) -> None:
        raise AssertionError

    monkeypatch.setattr(joblib, "load", never)
    assert read(version, KEY).model.version == "v1"


@pytest.mark.parametrize("library", ["scikit-learn", "numpy", "joblib"])
def test_pipelines_of_another_library_version_are_refused_but_the_model_serves(
    version: Path, monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    monkeypatch.setattr(
        artifact, "library_version", lambda name: "0.0.1" if name == library else metadata.version(name)
    )
    stored = read(version, KEY)
    assert stored.model.predict({"income": 87, "score": 82}).segment == "Target"
    with pytest.raises(BrokenArtifact, match=f"model.joblib needs {library} .*; 0.0.1 is installed"):
        unpickle_pipelines(stored)


def signed_with(folder: Path, model: bytes, **changes: object) -> Path:
    """Write a version as whoever holds the key could: consistent hashes and signature."""
    body = unsigned() | changes
    body["files"] = body["files"] | {MODEL: hashlib.sha256(model).hexdigest()}
    return write(folder, packed() | {MODEL: model, MANIFEST: sign(body)})


@pytest.mark.parametrize(
    "model", [b"", b"[]", b"null", b"{}", b"\xff", b"[" * 100_000, b'{"format": 2}', b'{"format": 1, "schema": 3}']
)
def test_a_model_of_an_unknown_form_is_refused_even_when_signed(tmp_path: Path, model: bytes) -> None:
    refuse(signed_with(tmp_path / "v1", model), "model.json has an unknown form")


def test_a_model_of_another_contract_is_refused_even_when_signed(tmp_path: Path) -> None:
    refuse(signed_with(tmp_path / "v1", packed("v1", rfm_trained)[MODEL]), "its features are not those")


def test_a_model_that_answers_otherwise_than_when_saved_is_refused_even_when_signed(tmp_path: Path) -> None:
    data = json.loads(packed()[MODEL])
    data["centroids"][0][0] += 0.01
    refuse(signed_with(tmp_path / "v1", json.dumps(data).encode()), "it no longer gives the answers it gave")


def test_a_manifest_from_before_runs_and_comparisons_were_kept_is_read(tmp_path: Path) -> None:
    body = unsigned()
    assert not body.keys() & {"run", "notes", "objections", "comparison"}  # `pack` writes what it is told of
    manifest = read_manifest(write(tmp_path / "v1", packed() | {MANIFEST: sign(body)}), KEY)
    assert (manifest.run, manifest.notes, manifest.objections, manifest.comparison) == ("", [], [], None)
    problem = {"reason": "totals", "column": "", "sentence": "s", "rows": 2, "lines": [3, 9]}
    told = {"run": "job-1", "notes": ["n"], "objections": ["o"], "problems": [problem], "comparison": FIRST.to_data()}
    manifest = read_manifest(write(tmp_path / "v2", pack(sample_trained(), KEY, {**about("v2"), **told})), KEY)
    assert (manifest.run, manifest.notes, manifest.objections) == ("job-1", ["n"], ["o"])
    assert manifest.comparison == FIRST
    assert manifest.problems == [Problem("totals", "", "s", 2, (3, 9))]


@pytest.mark.parametrize(
    ("field", "value", "part"),
    [
        ("report", {}, "a report"),
        ("comparison", [], "a comparison"),
        ("comparison", {**FIRST.to_data(), "verdict": "splendid"}, "a comparison"),
        ("problems", [{"reason": "totals"}], "problems"),
        ("problems", [3], "problems"),
    ],
)
def test_a_part_of_a_manifest_in_an_unknown_form_is_named_even_when_signed(
    tmp_path: Path, field: str, value: object, part: str
) -> None:
    changed = signed_with(tmp_path / "v1", packed()[MODEL], **{field: value})
    refuse(changed, f"manifest.json has {part} this version of segbot doesn't know")


def test_a_manifest_with_fields_of_a_later_version_is_refused_even_when_signed(tmp_path: Path) -> None:
    refuse(signed_with(tmp_path / "v1", packed()[MODEL], mood="good"), "fields this version of segbot doesn't know")


def test_a_manifest_of_another_format_is_refused_even_when_signed(tmp_path: Path) -> None:
    refuse(signed_with(tmp_path / "v1", packed()[MODEL], format=2), "a format this version of segbot doesn't know")


def test_pipelines_that_are_not_the_two_are_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    joblib.dump(["something"], buffer)
    body = unsigned()
    body["files"][PIPELINES] = hashlib.sha256(buffer.getvalue()).hexdigest()
    folder = write(tmp_path / "v1", packed() | {PIPELINES: buffer.getvalue(), MANIFEST: sign(body)})
    with pytest.raises(BrokenArtifact, match="doesn't hold the two pipelines"):
        unpickle_pipelines(read(folder, KEY))


def test_a_model_and_pipelines_that_differ_are_never_saved() -> None:
    trained = sample_trained()
    cut = tuple(value + 3 for value in trained.model.tree.cut)
    shifted = replace(trained.model, tree=replace(trained.model.tree, cut=cut))
    with pytest.raises(BrokenArtifact, match=r"\(unsaved\) was not used: model and pipeline answer different segments"):
        pack(replace(trained, model=shifted), KEY, about("v1"))
    moved = tuple(tuple(value * 1.01 for value in row) for row in trained.model.centroids)
    with pytest.raises(BrokenArtifact, match="measure different distances"):
        pack(replace(trained, model=replace(trained.model, centroids=moved)), KEY, about("v1"))


def test_a_version_id_is_short_and_no_path() -> None:
    for text in ("v1", "2026-01-02", "a.b_c-D", "x" * 64):
        assert is_version_id(text), text
    for text in ("", ".", "..", ".hidden", "a/b", "../v1", "a\\b", "a b", "v1\n", "x" * 65, "ü", "v1\0"):
        assert not is_version_id(text), text
