"""The model in service: followed as the pointer moves, the last good one kept when things break."""

from __future__ import annotations

import asyncio
import shutil
import threading
from pathlib import Path

import pytest
from harness import SIGNING_KEY, Harness, logged
from postgres_cluster import PostgresCluster

from bot.live_model import LiveModel
from segmentation.errors import BrokenArtifact, Conflict, NoDatabase, NoModel
from segmentation.registry.registry import Registry
from segmentation.registry.states import Serving
from segmentation.registry.transfer import copy_versions
from segmentation.training.train import Trained


def second_version(harness: Harness, trained: Trained) -> str:
    """Save the model once more, as a candidate."""
    return harness.registry.save(trained, actor="tests", source="again")


def test_says_who_can_train_when_there_is_no_model(tmp_path: Path) -> None:
    live = LiveModel(Harness(tmp_path).registry)
    live.refresh()
    assert not live.loaded
    with pytest.raises(NoModel, match="segbot train"):
        live.get()
    assert isinstance(live.problem, NoModel)


def test_names_the_candidate_that_waits_when_there_is_no_model(tmp_path: Path, trained: Trained) -> None:
    live = LiveModel(Harness(tmp_path).registry)
    candidate = live.registry.save(trained, actor="tests", source="customers")
    live.refresh()
    with pytest.raises(NoModel, match=f"Candidate {candidate} waits: promote it"):
        live.get()


def test_says_so_before_it_ever_looked(tmp_path: Path) -> None:
    with pytest.raises(NoModel):
        LiveModel(Harness(tmp_path).registry).get()


def test_loads_the_current_version_and_reads_it_once(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    live = LiveModel(harness.registry)
    live.refresh()
    model = live.get()
    assert model.version == harness.versions[0]
    monkeypatch.setattr(Registry, "load_serving", lambda _self: pytest.fail("read again for nothing"))
    live.refresh()
    assert live.get() is model


def test_follows_a_promotion_and_a_rollback(harness: Harness, trained: Trained, tmp_path: Path) -> None:
    own = harness.copy(tmp_path)
    live = LiveModel(own.registry)
    live.refresh()
    version = second_version(own, trained)
    own.registry.promote(version, actor="tests")
    live.refresh()
    assert live.get().version == version
    own.registry.rollback(actor="tests")
    live.refresh()
    assert live.get().version == own.versions[0]


def test_keeps_the_last_good_model_when_the_new_one_is_broken(
    harness: Harness, trained: Trained, tmp_path: Path
) -> None:
    own = harness.copy(tmp_path)
    live = LiveModel(own.registry)
    live.refresh()
    version = second_version(own, trained)
    own.registry.promote(version, actor="tests")
    own.break_version(version)
    with logged() as stream:
        live.refresh()
        live.refresh()
    assert live.get().version == own.versions[0]
    assert isinstance(live.problem, BrokenArtifact)
    assert stream.getvalue().count("not in service") == 1  # said once, not every second


def test_a_start_with_a_broken_current_version_serves_the_one_before(
    harness: Harness, trained: Trained, tmp_path: Path
) -> None:
    own = harness.copy(tmp_path)
    version = second_version(own, trained)
    own.registry.promote(version, actor="tests")
    own.break_version(version)
    live = LiveModel(own.registry)
    live.refresh()
    assert live.get().version == own.versions[0]
    own.registry.rollback(actor="tests")
    live.refresh()
    assert live.problem is None


def test_what_is_loaded_goes_before_an_older_version_on_disk(
    harness: Harness, trained: Trained, tmp_path: Path
) -> None:
    own = harness.copy(tmp_path)
    second, third = second_version(own, trained), second_version(own, trained)
    own.registry.promote(second, actor="tests")
    live = LiveModel(own.registry)
    live.refresh()
    own.registry.promote(third, actor="tests")
    own.break_version(second)
    own.break_version(third)
    live.refresh()
    assert live.get().version == second


def test_says_what_is_broken_when_nothing_good_is_left(harness: Harness, tmp_path: Path) -> None:
    own = harness.copy(tmp_path)
    own.break_version(own.versions[0])
    live = LiveModel(own.registry)
    live.refresh()
    with pytest.raises(BrokenArtifact):
        live.get()


def test_a_vanished_registry_changes_nothing_for_a_loaded_model(harness: Harness, tmp_path: Path) -> None:
    own = harness.copy(tmp_path)
    live = LiveModel(own.registry)
    live.refresh()
    shutil.rmtree(own.folder / "models")
    live.refresh()
    assert live.get().version == own.versions[0]
    assert live.problem is not None


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (PermissionError(13, "no"), "the models folder cannot be read"),
        (KeyError("Canaria"), "the model in service could not be followed"),
        (Conflict("Canaria"), "the model in service could not be followed"),
    ],
)
async def test_goes_on_looking_after_a_failure_to_look(
    monkeypatch: pytest.MonkeyPatch, harness: Harness, failure: Exception, said: str
) -> None:
    live = LiveModel(harness.registry)
    looks, enough = 0, threading.Event()

    def refresh() -> None:
        nonlocal looks
        looks += 1
        if looks >= 3:
            enough.set()
        raise failure

    monkeypatch.setattr(live, "refresh", refresh)
    with logged() as stream:
        following = asyncio.create_task(live.follow(0))
        assert await asyncio.to_thread(enough.wait, 5)
        following.cancel()
        with pytest.raises(asyncio.CancelledError):
            await following
    assert said in stream.getvalue()
    assert "Canaria" not in stream.getvalue()


def test_what_was_read_earlier_does_not_replace_what_was_read_later(
    harness: Harness, trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = harness.copy(tmp_path)
    live = LiveModel(own.registry)
    version, load, later = second_version(own, trained), Registry.load_serving, threading.Thread(target=live.refresh)

    def slowly(registry: Registry) -> Serving:
        found = load(registry)
        if registry.current() != version:
            # After this was read, somebody promotes and looks too.
            own.registry.promote(version, actor="tests")
            later.start()
            later.join(0.2)
        return found

    monkeypatch.setattr(Registry, "load_serving", slowly)
    live.refresh()
    later.join()
    assert live.get().version == version


def test_answers_on_while_the_shared_database_is_away(
    harness: Harness, postgres_cluster: PostgresCluster, postgres_address: str, tmp_path: Path
) -> None:
    shared = Registry.open(tmp_path, tmp_path, SIGNING_KEY, postgres_address)
    copy_versions(harness.registry, shared, actor="tests", note="")
    shared.promote(harness.versions[0], actor="tests")
    live = LiveModel(shared)
    live.refresh()
    model = live.get()
    postgres_cluster.stop()
    try:
        with logged() as stream:
            live.refresh()
            live.refresh()
        assert live.get() is model
        assert isinstance(live.problem, NoDatabase)
        assert stream.getvalue().count("is not in service") == 1
        late = LiveModel(shared)
        late.refresh()
        assert not late.loaded
        with pytest.raises(NoDatabase):
            late.get()
    finally:
        postgres_cluster.start()
    live.refresh()
    assert live.problem is None
    assert live.get() == model
