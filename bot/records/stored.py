"""The one way in which values get into the jobs database and out of it: frozen dataclasses as plain JSON objects.

Jobs outlive releases, so reading is lenient in one direction: a field that the stored object lacks takes its default,
and one that the dataclass no longer has is ignored. A field added to a stored dataclass therefore needs a default.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from types import UnionType
from typing import Any, TypeVar, get_args

T = TypeVar("T")


def encode(value: object) -> Any:  # noqa: ANN401 - JSON data of any shape
    """Return what is stored for a value: an object for a dataclass, anything else as it is."""
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value


def decode(kind: type[T], stored: Mapping[str, Any]) -> T:
    """Build a dataclass from what was stored for it, by this release or an earlier one.

    Raises
    ------
    TypeError
        When `kind` is not a dataclass, or a field without a default is missing.
    """
    known = {one.name for one in fields(kind)}  # type: ignore[arg-type]  # a dataclass; `type[T]` cannot say so
    return kind(**{name: value for name, value in stored.items() if name in known})


def decode_as(annotation: Any, stored: Any) -> Any:  # noqa: ANN401 - an annotation, and JSON data of any shape
    """Build what an annotation promises: a dataclass, one or None, or plain JSON data."""
    if stored is None:
        return None
    kinds = get_args(annotation) if isinstance(annotation, UnionType) else (annotation,)
    kind: Any = next((one for one in kinds if is_dataclass(one)), None)
    return stored if kind is None else decode(kind, stored)
