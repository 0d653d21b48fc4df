"""Copies of versions from one registry to another, such as from the models folder to the shared database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from segmentation.errors import BrokenArtifact, Conflict

if TYPE_CHECKING:
    from segmentation.registry.registry import Registry


@dataclass(frozen=True, slots=True)
class Copied:
    """What became of one version: `new` when it is a candidate there now, else `problem`, or it was there before."""

    version: str
    new: bool
    problem: str = ""


def copy_versions(
    source: Registry, target: Registry, version: str | None = None, *, actor: str, note: str
) -> list[Copied]:
    """Copy one version, or all there are, each verified first; nothing is overwritten, and nothing goes into service.

    Parameters
    ----------
    source, target
        Both verify with the same key.
    version
        None copies all.
    note
        For the target's log.

    Returns
    -------
    list[Copied]
        One for each version, oldest first; a broken one does not stop the others.

    Raises
    ------
    UnknownVersion
        When there is no such version.
    """
    wanted = [version] if version is not None else [info.version for info in source.versions()]
    done = []
    for name in wanted:
        try:
            done.append(Copied(name, target.take_in(name, source.content(name), actor=actor, note=note)))
        except (BrokenArtifact, Conflict) as error:
            done.append(Copied(name, new=False, problem=error.sentence))
    return done
