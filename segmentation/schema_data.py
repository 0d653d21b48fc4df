"""How a schema is stored: as TOML that a team writes, and as the plain data inside a model artifact."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, TypeVar

from segmentation.errors import BadSchema
from segmentation.schema import DEFAULT_BORDERLINE, OTHER, Feature, FeatureKind, Level, Role, Scale, Schema, SegmentRule
from segmentation.schema_checks import MAX_DECIMALS, MAX_INDICATORS, check_stored, is_finite, wrong_categories
from segmentation.writing.folding import fold_key
from segmentation.writing.plain import format_number

MAX_FEATURES: Final = 20
MAX_SEGMENT_RULES: Final = 20
_Choice = TypeVar("_Choice", bound=StrEnum)
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,31}")


def default_schema() -> Schema:
    """Return the schema that ships with segbot."""
    return load_schema(Path(__file__).with_name("default.toml"))


def load_schema(path: Path | None) -> Schema:
    """Read a schema from a TOML file, or the shipped one when `path` is None.

    Raises
    ------
    BadSchema
        With file, key and reason, when the file cannot be read or holds no usable schema.
    """
    if path is None:
        return default_schema()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is not UTF-8 text"
        raise BadSchema(path.name, "the file itself", f"it can't be read ({reason})") from error
    return parse_schema(text, path.name)


def parse_schema(text: str, file: str) -> Schema:
    """Build a schema from TOML text; `file` is only named in errors.

    Raises
    ------
    BadSchema
        As `load_schema`.
    """
    import tomllib  # noqa: PLC0415 - models have their schema as JSON

    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # wrong syntax, but also numbers and nesting without end
        raise BadSchema(file, "the TOML", str(error)) from error
    top = _Table(file, "the top", data)
    schema = Schema(
        name=top.text("name"),
        features=tuple(_feature(table) for table in top.tables("features", MAX_FEATURES)),
        # Without rules, training derives the names from the centres.
        rules=tuple(_rule(table) for table in top.tables("segments", MAX_SEGMENT_RULES, required=False)),
        borderline_below=top.number("borderline_below", DEFAULT_BORDERLINE, low=0.0, high=1.0),
        bands=top.flag("bands"),
    )
    top.done()
    _check_whole(schema, file)
    return schema


def schema_from_data(data: dict[str, Any]) -> Schema:
    """Rebuild a schema from `Schema.to_data`'s form, as stored in a model artifact, and check its types and bounds.

    Raises
    ------
    KeyError, TypeError, ValueError
        When the data do not have that form.
    """
    features = tuple(map(_stored_feature, data["features"]))
    rules = tuple(
        SegmentRule(**{**item, "levels": tuple((name, Level(level)) for name, level in item["levels"])})
        for item in data["rules"]
    )
    schema = Schema(data["name"], features, rules, data["borderline_below"], data.get("bands", False))
    check_stored(schema)
    return schema


def _stored_feature(data: dict[str, Any]) -> Feature:
    own = {
        "role": Role(data["role"]),
        "aliases": tuple(data["aliases"]),
        "scale": Scale(data.get("scale", Scale.PLAIN)),
        "kind": FeatureKind(data.get("kind", FeatureKind.NUMBER)),
        "categories": tuple(data.get("categories", ())),
    }
    return Feature(**{**data, **own})


class _Table:
    """One TOML table being read: typed access, and a refusal that names the key."""

    def __init__(self, file: str, where: str, data: object) -> None:
        if not isinstance(data, dict):
            raise BadSchema(file, where, "a table is expected here")
        self.file, self.where, self.data, self.seen = file, where, data, set[str]()

    def wrong(self, key: str, reason: str) -> BadSchema:
        return BadSchema(self.file, f"{self.where} → {key}" if self.where != "the top" else key, reason)

    def get(self, key: str) -> object:
        self.seen.add(key)
        return self.data.get(key)

    def text(self, key: str, default: str | None = None) -> str:
        value = self.get(key)
        blank = value is None or (isinstance(value, str) and not value.strip())
        if blank and default is not None:
            return default
        if blank or not isinstance(value, str):
            raise self.wrong(key, "a text is required")
        return " ".join(value.split())

    def choice(self, key: str, known: type[_Choice], default: _Choice | None = None) -> _Choice:
        text = self.text(key, default)
        try:
            return known(text)
        except ValueError as error:
            names = " or ".join(f'"{one}"' for one in known)
            raise self.wrong(key, f"it must be {names}") from error

    def flag(self, key: str) -> bool:
        value = self.get(key)
        if not isinstance(value, bool | None):
            raise self.wrong(key, "it must be true or false")
        return bool(value)

    def number(self, key: str, default: float | None = None, low: float = -1e15, high: float = 1e15) -> float:
        value = self.get(key)
        if value is None and default is not None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or not is_finite(value):
            raise self.wrong(key, "a number is required")
        if not low <= value <= high:
            raise self.wrong(key, f"it must be from {format_number(low)} to {format_number(high)}")
        return float(value)

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.get(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            raise self.wrong(key, "a list of texts is required")
        return tuple(item.strip() for item in value)

    def tables(self, key: str, most: int, *, required: bool = True) -> list[_Table]:
        value = self.get(key)
        if value is None and not required:
            return []
        if not isinstance(value, list) or not value:
            raise self.wrong(key, f"at least one [[{key}]] table is required")
        if len(value) > most:
            raise self.wrong(key, f"at most {most} are supported")
        return [_Table(self.file, f"{key}[{i}]", item) for i, item in enumerate(value)]

    def done(self) -> None:
        for key in self.data:
            if key not in self.seen:
                raise self.wrong(key, "this key is not known; the known ones are " + ", ".join(sorted(self.seen)))


def _feature(table: _Table) -> Feature:
    name = table.text("name")
    if not _NAME.fullmatch(name):
        raise table.wrong("name", "use lower-case letters, digits and _, starting with a letter")
    kind = table.choice("kind", FeatureKind, FeatureKind.NUMBER)
    feature = _number(table, name) if kind is FeatureKind.NUMBER else _category(table, name)
    table.done()
    return feature


def _number(table: _Table, name: str) -> Feature:
    low, high = table.number("minimum"), table.number("maximum")
    if low >= high:
        raise table.wrong("maximum", "it must be above the minimum")
    role = table.choice("role", Role)
    scale = table.choice("scale", Scale, Scale.PLAIN)
    decimals = table.number("decimals", 0, low=0, high=MAX_DECIMALS)
    if decimals != int(decimals):
        raise table.wrong("decimals", "it must be a whole number")
    middle = round((low + high) / 2, int(decimals))
    return Feature(
        name=name,
        label=_label(table, name),
        unit=table.text("unit", " ").strip(),
        minimum=low,
        maximum=high,
        role=role,
        weight=table.number("weight", 1.0, low=1e-6, high=1e6),
        decimals=int(decimals),
        base_unit_factor=table.number("base_unit_factor", 1.0, low=1e-9, high=1e12),
        aliases=table.texts("aliases"),
        example=table.number("example", middle if low <= middle <= high else low, low=low, high=high),
        scale=scale,
    )


def _category(table: _Table, name: str) -> Feature:
    categories, other = tuple(" ".join(text.split()) for text in table.texts("categories")), table.flag("other")
    role = table.choice("role", Role)
    if reason := wrong_categories(categories, other=other):
        raise table.wrong("categories", reason)
    codes = (*categories, OTHER) if other else categories
    example = table.text("example", categories[0])
    if example not in codes:
        raise table.wrong("example", "it must be one of the categories")
    return Feature(
        name=name,
        label=_label(table, name),
        unit="",
        minimum=0.0,
        maximum=float(len(codes) - 1),
        role=role,
        weight=table.number("weight", 1.0, low=1e-6, high=1e6),
        aliases=table.texts("aliases"),
        example=float(codes.index(example)),
        kind=FeatureKind.CATEGORY,
        categories=categories,
        other=other,
    )


def _label(table: _Table, name: str) -> str:
    return table.text("label", name.replace("_", " ").capitalize())


def _rule(table: _Table) -> SegmentRule:
    levels = table.get("levels")
    if not isinstance(levels, dict) or not levels:
        raise table.wrong("levels", 'levels such as { income = "high" } are required')
    known = []
    for name, level in levels.items():
        try:
            known.append((name, Level(level)))
        except ValueError as error:
            raise table.wrong(f"levels.{name}", 'it must be "low", "mid" or "high"') from error
    rule = SegmentRule(
        name=table.text("name"),
        levels=tuple(known),
        meaning=table.text("meaning"),
        action=table.text("action"),
    )
    table.done()
    return rule


def _check_whole(schema: Schema, file: str) -> None:
    """Refuse faults that show only across tables: clashing keys, rules on features that make no distances."""
    owners: dict[str, str] = {}
    for feature in schema.features:
        for key in (feature.name, feature.label, *feature.aliases):
            owner = owners.setdefault(fold_key(key), feature.name)
            if owner != feature.name:
                raise BadSchema(file, "features", f'"{key}" names both {owner} and {feature.name}')
            if not fold_key(key):
                raise BadSchema(file, "features", f'"{key}" has no letter or digit')
    if len(set(schema.names)) != len(schema.features):
        raise BadSchema(file, "features", "two features have the same name")
    if len(schema.indicators) > MAX_INDICATORS:
        raise BadSchema(file, "features", f"categories that make distances can be {MAX_INDICATORS} in all at most")
    clustering = {schema.features[i].name for i in schema.cluster_indices if not schema.features[i].is_category}
    if not schema.cluster_indices:
        raise BadSchema(file, "features", 'at least one feature needs role = "cluster"')
    titles = [rule.name.casefold() for rule in schema.rules]
    shapes = [frozenset(rule.levels) for rule in schema.rules]
    for i, rule in enumerate(schema.rules):
        for name, _level in rule.levels:
            if name not in clustering:
                raise BadSchema(file, f"segments[{i}] → levels.{name}", "no number of that name has role cluster")
        if titles[i] in titles[:i]:
            raise BadSchema(file, f"segments[{i}] → name", f'"{rule.name}" is there twice')
        if shapes[i] in shapes[:i]:
            raise BadSchema(file, f"segments[{i}] → levels", "another segment has the same levels")
