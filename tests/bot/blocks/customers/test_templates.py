"""Answers made of templates are byte for byte the JSON of the reply, or there are none."""

from __future__ import annotations

from dataclasses import replace

import pytest
from campaigns import campaign
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import reference_trained, rfm_trained
from scoring_cases import AGELESS_TREE, hand_made_model

from bot.blocks.customers.segment import SegmentReplies
from bot.blocks.customers.templates import SegmentTemplates
from bot.slack.responses import encoded
from segmentation.model import SegmentModel

MODEL = replace(reference_trained().model, version="v1")
HOSTILE = ('100 % & "all" <!channel>', "two  spaces", "`code`\nline", "%(0)b %s %%", "\\u00e4 ä 好 😀")


def renamed(model: SegmentModel, names: tuple[str, ...]) -> SegmentModel:
    """Return a model whose segments have other names, meanings and actions."""
    pairs = zip(model.segments, names, strict=True)
    return replace(
        model, segments=tuple(replace(one, name=name, meaning=name * 2, action=f" {name} ") for one, name in pairs)
    )


def relabelled(model: SegmentModel, label: str, unit: str) -> SegmentModel:
    """Return a model whose features have other labels and units."""
    features = tuple(replace(one, label=f"{label}{i}", unit=unit) for i, one in enumerate(model.schema.features))
    return replace(model, schema=replace(model.schema, features=features))


MODELS = {
    "reference": MODEL,
    "orders": replace(rfm_trained().model, version="v2", synthetic=True),
    "early": replace(MODEL, confidence=None, replicas=(), seen=None),
    "hand-made": hand_made_model(tree=AGELESS_TREE),
    "hostile names": renamed(MODEL, HOSTILE),
    "hostile labels": relabelled(renamed(MODEL, HOSTILE), " % & <b>  `é` ", '% "&"'),
    "no units": relabelled(MODEL, "", ""),
}
TEMPLATES = {
    name: SegmentTemplates(model, SegmentReplies(model.schema, model.names, synthetic=model.synthetic), encoded)
    for name, model in MODELS.items()
}


def rendered(model: SegmentModel, values: dict[str, float]) -> bytes:
    replies = SegmentReplies(model.schema, model.names, synthetic=model.synthetic)
    return encoded(replies.reply(model.explain(values)))


@st.composite
def customers(draw: st.DrawFn, model: SegmentModel) -> dict[str, float]:
    """Draw values as people type them, any float within the bounds, and the ends of ranges; some are not given."""
    found = {}
    for i, feature in enumerate(model.schema.features):
        if i in model.schema.cluster_indices or draw(st.booleans()):
            low, high = feature.minimum, feature.maximum
            ends = {end for one in model.segments for end in (one.low[i], one.high[i]) if end is not None}
            usual = st.floats(min(ends), max(ends))
            special = st.sampled_from(sorted({low, high, *ends, *model.tree.cuts.get(i, ())}))
            value = draw(st.one_of(usual.map(round_to_tenth), usual, special, st.floats(low, high)))
            found[feature.name] = min(max(value, low), high)
    return found


def round_to_tenth(value: float) -> float:
    return round(value, 1)


@pytest.mark.parametrize("name", MODELS)
def test_an_answer_is_the_json_of_the_reply(name: str) -> None:
    model, templates = MODELS[name], TEMPLATES[name]

    @settings(max_examples=campaign(60, 600), deadline=None)
    @given(customers(model))
    def check(values: dict[str, float]) -> None:
        answer = templates.encoded(model.assess(values))
        if answer is not None:
            assert answer == rendered(model, values)

    check()


@pytest.mark.parametrize("name", MODELS)
def test_an_ordinary_customer_is_answered_from_a_template(name: str) -> None:
    model = MODELS[name]
    for segment in model.segments:
        values = {
            feature.name: round(mean, 1)
            for feature, mean in zip(model.schema.features, segment.mean, strict=True)
            if mean is not None
        }
        assert TEMPLATES[name].encoded(model.assess(values)) == rendered(model, values)


@pytest.mark.parametrize("values", [{"age": 35, "income": 900, "score": 70}, {"income": 60, "score": 0.33}])
def test_what_is_to_be_remarked_on_is_left_to_the_reply(values: dict[str, float]) -> None:
    explanation = MODEL.explain(values)
    assert explanation.far_outside or explanation.hints
    assert TEMPLATES["reference"].encoded(MODEL.assess(values)) is None


@pytest.mark.parametrize(
    "model",
    [
        hand_made_model(),  # it assumes an age that is not given
        renamed(MODEL, ("a", "b", "c", "d", "\ue000" * 24)),
        relabelled(MODEL, "\ue100", ""),
        relabelled(MODEL, "long " * 300, ""),
        renamed(MODEL, tuple(f"{number} {'long ' * 700}" for number in range(5))),
        renamed(MODEL, tuple(f"{number} {'lo & ' * 290}" for number in range(5))),
    ],
)
def test_a_model_with_doubtful_parts_has_no_templates(model: SegmentModel) -> None:
    templates = SegmentTemplates(model, SegmentReplies(model.schema, model.names, synthetic=False), encoded)
    for values in ({"age": 35.0, "income": 60.0, "score": 70.0}, {"age": 35.0, "income": 60.0, "score": 71.0}):
        assert templates.encoded(model.assess(values)) is None


def test_parts_are_kept_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.blocks.customers.templates._MOST_KEPT", 2)
    templates = SegmentTemplates(MODEL, SegmentReplies(MODEL.schema, MODEL.names, synthetic=False), encoded)
    for score in range(1, 100, 7):
        for income in (20.5, 55.0, 85.0):
            values = {"income": income, "score": float(score)}
            assert templates.encoded(MODEL.assess(values)) == rendered(MODEL, values)
    assert len(templates._heads) <= 2
