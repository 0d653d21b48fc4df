"""Old versions: which are removed, and which stay whatever their age."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

import pytest
from reference import KEY, rfm_trained, sample_trained
from registries import START, WHO, Killed, edit_manifest, killed, opened, states

from segmentation.errors import (
    Conflict,
    UnknownVersion,
)
from segmentation.registry.audit import (
    PRUNED,
)
from segmentation.registry.registry import Registry
from segmentation.registry.storage import POINTER, Storage


def test_old_versions_are_pruned_but_never_the_current_or_the_previous_one(storage: Storage) -> None:
    registry = opened(storage)
    versions = [registry.save(sample_trained(), **WHO) for _ in range(8)]
    for version in (versions[0], versions[1], versions[2]):
        registry.promote(version, actor="U1")
    registry.discard(versions[3], actor="U1")
    assert registry.prune(8) == ()
    gone = registry.prune(3)
    assert gone == (versions[0], versions[3], versions[4])
    assert [info.version for info in registry.versions()] == [versions[1], versions[2], *versions[5:]]
    pruned = [(entry.event, entry.actor, entry.version) for entry in registry.history()][-3:]
    assert pruned == [(PRUNED, "segbot", version) for version in gone]
    assert registry.prune(3) == ()
    assert registry.load_serving().problem is None
    assert registry.rollback(actor="U1") == (versions[1], versions[2])
    with pytest.raises(Conflict, match="no earlier version"):
        registry.rollback(actor="U1")  # the one before is no more
    with pytest.raises(UnknownVersion):
        registry.promote(versions[4], actor="U1")


def test_versions_of_the_same_second_are_listed_and_pruned_in_the_order_they_came(storage: Storage) -> None:
    registry = Registry(storage, KEY, lambda: START)
    versions = [registry.save(trained(), **WHO) for trained in (sample_trained, rfm_trained, sample_trained)]
    assert versions != sorted(versions)
    assert [info.version for info in registry.versions()] == versions
    assert registry.prune(1) == tuple(versions[:2])


def test_the_version_rolled_back_from_stays_so_that_it_can_come_again(storage: Storage) -> None:
    registry = opened(storage)
    a, b = (registry.save(sample_trained(), **WHO) for _ in "ab")
    registry.promote(a, actor="U1")
    registry.promote(b, actor="U1")
    registry.rollback(actor="U1")
    newer = [registry.save(sample_trained(), **WHO) for _ in range(2)]
    assert registry.prune(1) == (newer[0],)
    assert registry.rollback(b, actor="U1") == (b, a)


def test_a_candidate_just_saved_survives_the_smallest_number_kept(storage: Storage, kept: tuple[str, ...]) -> None:
    registry, (a, b, c) = opened(storage), kept
    assert registry.prune(1) == ()
    new = registry.save(rfm_trained(), **WHO)
    assert registry.prune(1) == (c,)
    assert set(states(registry)) == {a, b, new}


def test_nothing_is_pruned_while_the_pointer_is_broken_nor_what_is_broken_itself(
    root: Path, abc: tuple[str, ...]
) -> None:
    registry, (a, b, c) = opened(root), abc
    edit_manifest(root / c)
    registry.save(sample_trained(), **WHO)
    (root / POINTER).write_text("../etc")
    assert registry.prune(1) == ()
    (root / POINTER).write_text(f"{b}\n")
    assert registry.prune(1) == ()
    assert {a, b, c} < set(states(registry))


def test_a_prune_killed_half_way_leaves_only_what_the_sweep_removes(
    root: Path, abc: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    registry, (a, b, c) = opened(root), abc
    new = registry.save(rfm_trained(), **WHO)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", killed)
        with suppress(Killed):
            registry.prune(1)
    assert set(states(registry)) == {a, b, new}
    assert list(root.glob(".tmp-*"))
    registry.sweep()
    assert not list(root.glob(".tmp-*"))
    assert registry.load_serving().model.version == b
    assert c not in states(registry)
