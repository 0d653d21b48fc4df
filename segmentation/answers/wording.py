"""How the decision tree's rules, and the changes that lead to another segment, are put into words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from segmentation.schema import Feature, Indicator, Schema
from segmentation.tree import LEAF, DecisionTree, Interval, Step
from segmentation.writing.plain import format_number

# scikit-learn's trees see values as float32, which has 24 bits: from here on they see whole numbers only.
_WHOLE_FROM: Final = 2**24


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule that led to the segment: a feature inside an interval, and the sentence for it."""

    feature: str
    above: float | None
    at_most: float | None
    sentence: str


class Change(NamedTuple):
    """The smallest change of one feature that leads to another segment."""

    feature: str
    value: float
    segment: str
    sentence: str


def reasons(path: Mapping[int, Interval], schema: Schema) -> tuple[Reason, ...]:
    """Put the rules that lead to a leaf into words, in feature order; `path` is `DecisionTree.path`'s."""
    said: dict[int, Reason] = {}
    indicated: dict[int, list[tuple[int, bool]]] = {}
    for index, interval in path.items():
        feature = schema.inputs[index]
        if isinstance(feature, Indicator):
            indicated.setdefault(feature.owner, []).append((feature.code, interval.low >= 0))
        else:
            said[index] = _reason(feature, interval)
    said |= {owner: _category_reason(schema.features[owner], known) for owner, known in indicated.items()}
    return tuple(said[index] for index in sorted(said))


def _category_reason(feature: Feature, known: Sequence[tuple[int, bool]]) -> Reason:
    """Say which category a customer has, or which ones not; `known` says of some codes whether it is that one."""
    possible = {code for code, holds in known if holds} or set(range(len(feature.codes))) - {code for code, _ in known}
    if len(possible) == 1:
        return Reason(feature.name, None, None, f"{feature.label_in_text} is {feature.codes[possible.pop()]}")
    names = [feature.codes[code] for code in sorted(code for code, _ in known)]
    return Reason(feature.name, None, None, f"{feature.label_in_text} is not {listed(names)}")


def listed(names: Sequence[str]) -> str:
    """Join names as a sentence does: "Basic, Pro or Team"."""
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last


def assumed(feature: Feature, value: float) -> Reason:
    """Say that a rule asked for a profile feature that was not given, and what was taken in its place.

    Only trees stored before profile features were kept out of them ask for one.
    """
    shown = feature.show_typical(value)
    sentence = f"{feature.label_in_text} taken as {shown}: it was not given, and this version's rules ask for it"
    return Reason(feature.name, None, None, sentence)


def changes(
    x: Sequence[float], steps: Sequence[Step], features: Sequence[Feature], names: Sequence[str]
) -> tuple[Change, ...]:
    """Put the smallest steps to other segments into words; `names` are the segments' in index order."""
    return tuple(_change(features[step.feature], x[step.feature], step.value, names[step.segment]) for step in steps)


def rules_text(tree: DecisionTree, schema: Schema, names: Sequence[str]) -> str:
    """Return a decision tree as indented text, in labels, units and segment names."""

    def lines(node: int, indent: str) -> Iterator[str]:
        if tree.feature[node] == LEAF:
            yield f"{indent}→ {names[tree.segment[node]]}"
            return
        left, right = _sides(schema, tree.feature[node], tree.cut[node])
        yield f"{indent}{left}:"
        yield from lines(tree.left[node], f"{indent}  ")
        yield f"{indent}{right}:"
        yield from lines(tree.right[node], f"{indent}  ")

    return "\n".join(lines(0, ""))


def _sides(schema: Schema, index: int, cut: float) -> tuple[str, str]:
    """Say who goes left at a node, and who goes right."""
    feature = schema.inputs[index]
    if isinstance(feature, Indicator):
        owner = schema.features[feature.owner]
        name = owner.codes[feature.code]
        return f"{owner.label_in_text} is not {name}", f"{owner.label_in_text} is {name}"
    label, shown = feature.label_in_text, _show_cut(feature, cut)
    return f"{label} up to {shown}", f"{label} above {shown}"


def _reason(feature: Feature, interval: Interval) -> Reason:
    if feature.is_category:  # a run along the codes, see `narrowing`
        codes = [code for code in range(len(feature.codes)) if interval.low < code <= interval.high]
        names = listed([feature.codes[code] for code in codes])
        return Reason(feature.name, None, None, f"{feature.label_in_text} is {names}")
    above = interval.low if math.isfinite(interval.low) else None
    at_most = interval.high if math.isfinite(interval.high) else None
    if above is not None and at_most is not None:
        return Reason(feature.name, above, at_most, range_text(feature, above, at_most))
    part = f"up to {_show_cut(feature, at_most)}" if at_most is not None else ""
    part = f"above {_show_cut(feature, above)}" if above is not None else part
    return Reason(feature.name, above, at_most, f"{feature.label_in_text} {part}")


def _change(feature: Feature, now: float, value: float, segment: str) -> Change:
    if feature.is_category:
        there = f"{feature.label_in_text} {feature.show(value)} (now {feature.show(now)})"
        return Change(feature.name, value, segment, f"{there} would move this customer to {segment}")
    sentence = number_change(feature, format_number(value), format_number(now), segment)
    return Change(feature.name, value, segment, sentence)


def number_change(feature: Feature, there: str, now: str, segment: str) -> str:
    """Say which number, now another, would move a customer to a segment: both as they are shown, without the unit."""
    there = f"{there} {feature.unit}".rstrip()
    return f"{feature.label_in_text} of {there} (now {now}) would move this customer to {segment}"


def range_text(feature: Feature, above: float, at_most: float) -> str:
    """Name a stretch of values: "spending score 20.5 to 75.5 points".

    Its upper end belongs to it, its lower one doesn't.
    """
    return f"{feature.label_in_text} {format_number(_known_cut(above))} to {_show_cut(feature, at_most)}"


def _show_cut(feature: Feature, cut: float) -> str:
    return feature.show(_known_cut(cut))


def _known_cut(cut: float) -> float:
    """Return the number people know a cut by."""
    # A cut sits a float32's rounding error above the number people know it by (see `distillation.exact_cut`). Seven
    # digits drop that error; of some numbers they drop more, and then eight are right. Whole numbers have no error.
    if abs(cut) >= _WHOLE_FROM:
        return cut
    shown = float(f"{cut:.7g}")
    return shown if abs(shown - cut) <= abs(cut) / _WHOLE_FROM else float(f"{cut:.8g}")
