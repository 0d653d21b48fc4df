"""One stored model version: writing its folder, and reading it back only after everything in it is verified.

A version is a folder of exactly three files. The manifest is signed (HMAC-SHA256) with a key that lives elsewhere and
holds the SHA-256 of the other two, so nothing is parsed, let alone unpickled, before it is known to be ours. Every
file is opened without following links, read once, and the bytes that were hashed are the bytes that are used.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from segmentation.model import SegmentModel
from segmentation.model_data import model_from_data, model_to_data
from segmentation.registry.folder_storage import OpenFolder
from segmentation.registry.manifest import Manifest, UnknownForm
from segmentation.registry.storage import StoredFiles, unusable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager

    from sklearn.pipeline import Pipeline

    from segmentation.training.reports.training import TrainingReport
    from segmentation.training.train import Trained

MANIFEST: Final = "manifest.json"
MODEL: Final = "model.json"
PIPELINES: Final = "model.joblib"
FILES: Final = frozenset({MANIFEST, MODEL, PIPELINES})
MANIFEST_FORMAT: Final = 1
VERSION_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
# Real artifacts stay far below this, and reading as much does no harm.
MOST_BYTES: Final = 64 * 1024 * 1024
GOLDEN_ROWS: Final = 64
COMPARED_POINTS: Final = 10_000
CONFIDENCE_TOLERANCE: Final = 1e-9
# What a pickle of scikit-learn objects depends on.
LIBRARIES: Final = ("scikit-learn", "numpy", "joblib")
# The signature is the manifest's last line: cutting it off gives back exactly the bytes that were signed.
_SIGNATURE: Final = re.compile(rb',\n "signature": "([0-9a-f]{64})"\n}\n\Z')


@dataclass(frozen=True)
class Stored:
    """A verified version: its manifest, its model, and the still pickled pipelines that belong to them."""

    manifest: Manifest
    model: SegmentModel
    pipelines: bytes


def is_version_id(text: str) -> bool:
    """Say whether `text` can be a version id: 1 to 64 letters, digits, `.`, `_`, `-`, and no path of its own."""
    return bool(VERSION_ID.fullmatch(text)) and not text.startswith(".")


def library_version(name: str) -> str:
    """Return the installed version of a library."""
    from importlib.metadata import version  # noqa: PLC0415 - serving must not pay for it

    return version(name)


def pack(trained: Trained, key: bytes, about: Mapping[str, Any]) -> dict[str, bytes]:
    """Turn a training's result into the bytes of a version's files.

    Parameters
    ----------
    key
        Signs the manifest.
    about
        version, created_at, created_by, source and note, as in `Manifest`; and, if any, run, notes, problems,
        objections and comparison.

    Raises
    ------
    BrokenArtifact
        When model and pipelines do not answer alike on 10,000 points.
    """
    # Only the plain data ever answer, so a version whose two forms differ must not come into being.
    compare_forms(trained.model, trained.pipelines)
    buffer = io.BytesIO()
    import joblib  # noqa: PLC0415 - serving must not pay for it

    joblib.dump(trained.pipelines, buffer, compress=3)
    libraries = {name: library_version(name) for name in LIBRARIES}
    return _packed(trained.model, buffer.getvalue(), {**about, "libraries": libraries}, trained.report, key)


def repack(stored: Stored, model: SegmentModel, key: bytes, about: Mapping[str, Any]) -> dict[str, bytes]:
    """Turn a verified version whose segments were renamed into the bytes of another version's files.

    Parameters
    ----------
    stored
        The version it was made from; its pipelines answer with indices, so they are taken over as they are.
    model
        Its model with other words for the segments.
    key, about
        As for `pack`; and parent, renamed_by and renamed_at.
    """
    names = dict(zip(stored.model.names, model.names, strict=True))
    about = {**about, "libraries": stored.manifest.libraries}
    return _packed(model, stored.pipelines, about, stored.manifest.report.renamed(names), key)


def _packed(
    model: SegmentModel, pipelines: bytes, about: Mapping[str, Any], report: TrainingReport, key: bytes
) -> dict[str, bytes]:
    content = model_bytes(model)
    manifest = {
        "format": MANIFEST_FORMAT,
        **about,
        "contract": model.schema.fingerprint,
        "files": {MODEL: hashlib.sha256(content).hexdigest(), PIPELINES: hashlib.sha256(pipelines).hexdigest()},
        "golden": [[list(x), segment, confidence] for x, segment, confidence in _golden(model)],
        "report": report.to_data(),
    }
    # Python would write NaN, which is not JSON: better no version than one that other readers cannot parse.
    body = json.dumps(manifest, indent=1, allow_nan=False).encode()
    signature = _sign(body, key)
    signed = body[: -len(b"\n}")] + f',\n "signature": "{signature}"\n}}\n'.encode()
    return {MANIFEST: signed, MODEL: content, PIPELINES: pipelines}


def model_bytes(model: SegmentModel) -> bytes:
    """Return the model's stored form: the same model is the same bytes."""
    return json.dumps(model_to_data(model), sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def read_manifest(source: Path | AbstractContextManager[StoredFiles], key: bytes) -> Manifest:
    """Read and verify a version's manifest alone: cheap, for listings.

    Parameters
    ----------
    source
        The version's folder, or its files as a storage opens them.

    Raises
    ------
    BrokenArtifact
        When it is not there, not ours, altered, or belongs to another folder.
    """
    with _files(source) as opened:
        return _verified_manifest(opened.read(MANIFEST, MOST_BYTES), opened.version, key)


def read(source: Path | AbstractContextManager[StoredFiles], key: bytes) -> Stored:
    """Read a version and verify all of it: signature, hashes, contract, every index, golden rows.

    Parameters
    ----------
    source
        The version's folder, or its files as a storage opens them.

    Raises
    ------
    BrokenArtifact
        Naming the file and what is wrong with it. Nothing of the version was used or executed.
    """
    with _files(source) as opened:
        version = opened.version
        # Nobody hashed a fourth file, so nobody can vouch for it.
        if foreign := sorted(opened.names() - FILES):
            raise unusable(version, f"it holds a foreign file, {foreign[0]!r}")
        manifest = _verified_manifest(opened.read(MANIFEST, MOST_BYTES), version, key)
        content = {name: opened.read(name, MOST_BYTES) for name in (MODEL, PIPELINES)}
    for name, data in content.items():
        if not hmac.compare_digest(hashlib.sha256(data).hexdigest(), manifest.files.get(name, "")):
            raise unusable(version, f"{name} is not the file that was saved")
    try:
        # The bytes are ours by now; if they cannot be understood, another version of segbot wrote them.
        model = model_from_data(json.loads(content[MODEL]))
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise unusable(version, f"{MODEL} has an unknown form") from error
    if model.schema.fingerprint != manifest.contract:
        raise unusable(version, "its features are not those it was trained with")
    model = replace(model, version=manifest.version)
    # The right bytes are not enough: the code that reads them may have changed since.
    for values, segment, confidence in manifest.golden:
        answer = model.predict(dict(zip(model.schema.names, values, strict=True)))
        if answer.segment != segment or abs(answer.confidence - confidence) > CONFIDENCE_TOLERANCE:
            raise unusable(version, "it no longer gives the answers it gave when it was saved")
    return Stored(manifest, model, content[PIPELINES])


def unpickle_pipelines(stored: Stored) -> dict[str, Pipeline]:
    """Load the scikit-learn pipelines of a version that `read` has verified. The only place that unpickles.

    Raises
    ------
    BrokenArtifact
        When a library they were pickled with is installed in another version.
    """
    version = stored.manifest.version
    # Another version of the library might load the pickle without complaint and answer differently.
    for name in LIBRARIES:
        pickled, installed = stored.manifest.libraries.get(name, "none"), library_version(name)
        if pickled != installed:
            raise unusable(version, f"{PIPELINES} needs {name} {pickled}; {installed} is installed")
    import joblib  # noqa: PLC0415 - serving must not pay for it

    pipelines = joblib.load(io.BytesIO(stored.pipelines))
    if not isinstance(pipelines, dict) or set(pipelines) != {"clusterer", "classifier"}:
        raise unusable(version, f"{PIPELINES} doesn't hold the two pipelines")
    return pipelines


def compare_forms(model: SegmentModel, pipelines: Mapping[str, Pipeline]) -> None:
    """Check that plain data and scikit-learn pipelines answer alike on 10,000 points over all the schema allows.

    Raises
    ------
    BrokenArtifact
        Naming the difference.
    """
    import numpy as np  # noqa: PLC0415 - serving must not pay for it
    import pandas as pd  # noqa: PLC0415 - serving must not pay for it

    from segmentation.scoring.batch import BatchPredictor  # noqa: PLC0415 - serving must not pay for it

    rng = np.random.default_rng(0)
    low = np.array([feature.minimum for feature in model.schema.features])
    high = np.array([feature.maximum for feature in model.schema.features])
    # A feature that no customer of a segment has is NaN here, and then all the schema allows stands for it.
    seen_low = np.fmin.reduce(np.array([segment.low for segment in model.segments], dtype=np.float64))
    seen_high = np.fmax.reduce(np.array([segment.high for segment in model.segments], dtype=np.float64))
    seen_low, seen_high = np.where(np.isnan(seen_low), low, seen_low), np.where(np.isnan(seen_high), high, seen_high)
    # Half of the points lie anywhere in the bounds, half where customers are: few of the first kind would fall there.
    half = COMPARED_POINTS // 2
    points = np.vstack([rng.uniform(low, high, (half, len(low))), rng.uniform(seen_low, seen_high, (half, len(low)))])
    coded = [i for i, feature in enumerate(model.schema.features) if feature.is_category]
    points[:, coded] = np.round(points[:, coded])
    frame = pd.DataFrame(points, columns=list(model.schema.names))
    # Without its table the model states the margin, which is what distances make.
    segments, margin, _ = BatchPredictor(replace(model, confidence=None)).segments_with_confidence(points)
    if not np.array_equal(segments, pipelines["classifier"].predict(frame)):
        raise unusable(model.version, "model and pipeline answer different segments")
    distances = np.sort(pipelines["clusterer"].transform(frame), axis=1)
    # scikit-learn expands |a - b|² to measure a distance, which cancels digits; hence the tolerance.
    if not np.allclose(margin, 1 - distances[:, 0] / distances[:, 1], rtol=0, atol=1e-6):
        raise unusable(model.version, "model and pipeline measure different distances")


def _files(source: Path | AbstractContextManager[StoredFiles]) -> AbstractContextManager[StoredFiles]:
    return OpenFolder(source) if isinstance(source, Path) else source


def _golden(model: SegmentModel) -> Iterator[tuple[tuple[float | None, ...], str, float]]:
    """Yield answers to keep: every segment's typical customers, then points spread over the bounds (Weyl sequence)."""
    features = model.schema.features
    rows = [point for segment in model.segments for point in (segment.mean, segment.low, segment.high)]
    for i in range(len(rows), GOLDEN_ROWS):
        fractions = [(i * (2**0.5 + j)) % 1 for j in range(len(features))]
        rows.append(
            tuple(f.minimum + part * (f.maximum - f.minimum) for f, part in zip(features, fractions, strict=True))
        )
    for row in (_with_categories(model, row) for row in rows):
        answer = model.predict(dict(zip(model.schema.names, row, strict=True)))
        yield row, answer.segment, answer.confidence


def _sign(body: bytes, key: bytes) -> str:
    return hmac.new(key, body, hashlib.sha256).hexdigest()


def _verified_manifest(data: bytes, name: str, key: bytes) -> Manifest:
    # Nothing is parsed before the signature is verified, and it is compared in constant time, so that the time taken
    # does not help anybody to forge one.
    match = _SIGNATURE.search(data)
    if match is None or not hmac.compare_digest(match[1].decode(), _sign(data[: match.start()] + b"\n}", key)):
        raise unusable(name, f"{MANIFEST} is altered, or was signed with another key")
    content = json.loads(data)
    del content["signature"]
    if content.pop("format") != MANIFEST_FORMAT:
        raise unusable(name, f"{MANIFEST} has a format this version of segbot doesn't know")
    try:
        manifest = Manifest.from_data(content)
    except UnknownForm as error:
        raise unusable(name, f"{MANIFEST} has {error} this version of segbot doesn't know") from error
    # The signature holds in any folder, so an old version copied over the current one would pass without this.
    if manifest.version != name:
        raise unusable(name, f"it is really version {manifest.version} in another's folder")
    return manifest


def _with_categories(model: SegmentModel, row: tuple[float | None, ...]) -> tuple[float | None, ...]:
    """Turn numbers in the place of categories into codes; one that decides and is not known becomes the first."""
    found = list(row)
    for i, feature in enumerate(model.schema.features):
        value = row[i]
        if feature.is_category and value is not None:
            found[i] = float(round(value))
        elif feature.is_category and i in model.schema.cluster_indices:
            found[i] = 0.0
    return tuple(found)
