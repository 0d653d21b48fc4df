"""`segbot predict`: what it answers, and how it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import CommandLine, one_object, refused, said, unbroken
from harness import EXAMPLE, Harness
from small_model import MODEL as SMALL

from bot.cli.text.explanation import explanation_text
from segmentation.model import SegmentModel
from segmentation.training.train import Trained

ASK = EXAMPLE.split()


def test_predict_answers_in_words(run: CommandLine) -> None:
    text = said(run("predict", "age=35", "income=72", "score=66"))
    for part in ("Confidence: low", "borderline, next nearest", "This customer", "Why:\n  annual income of 72 k$: ",
                 "What would change it:", "Suggested action: ", "trained on synthetic sample customers"):  # fmt: skip
        assert part in text


def test_predict_answers_in_json(run: CommandLine, home: Harness) -> None:
    data = one_object(run("predict", *ASK, "--json"))
    assert data.keys() >= {
        "segment", "confidence", "margin", "runner_up", "borderline", "why", "profile", "changes", "model_version"
    }  # fmt: skip
    assert data["values"] == {"age": 35.0, "income": 60.0, "score": 70.0}
    assert data["model_version"] == home.versions[0]
    # Not far from the next segment, and yet nearly every retrained model agrees.
    assert (data["margin"] < 0.3, data["confidence"] > 0.9, data["borderline"]) == (True, True, False)


def test_predict_asks_about_a_value_in_another_unit(run: CommandLine) -> None:
    assert "Did you mean score=33? Everyone I learned from is" in said(run("predict", "income=60", "score=0.33"))
    data = one_object(run("predict", "income=60", "score=0.33", "--json"))
    assert [hint.split("?")[0] for hint in data["hints"]] == ["Did you mean score=33"]
    assert one_object(run("predict", *ASK, "--json"))["hints"] == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["age=35"], "Missing: income (annual income, 0 to 1000 k$), score"),
        (
            ["age=35", "income=$60,000", "score=70"],
            "“$60,000” looks like dollars; I expect thousands (k$). Did you mean this? segbot predict age=35 ",
        ),
        (
            ["income=1.000", "score=70"],
            "Which did you mean? segbot predict income=1000 score=70 or: segbot predict income=1 score=70",
        ),
        (["income=15000"], "Did you mean this? segbot predict income=15"),
        (["35", "60", "70"], "Say which number is which. Did you mean this? segbot predict age=35 income=60 score=70"),
        (["a=1", "b=1", "c=1", "d=1", "e=1", "f=1"], "And 2 more."),
        (["age=\udcff"], "Age is not a plain number"),
    ],
)
def test_predict_refuses_with_exit_code_2(run: CommandLine, arguments: list[str], told: str) -> None:
    assert told in unbroken(refused(run("predict", *arguments)))
    assert told in unbroken(refused(run("predict", *arguments, "--json")))


def test_predict_says_what_a_missing_value_leaves_open(run: CommandLine) -> None:
    told = refused(run("predict", "age=35", "income=90"))
    assert "it depends on the spending score." in told
    assert "Try: segbot predict age=35 income=90 score=…" in told
    assert "confidence" not in told.lower()
    ended = run("predict", "income=90", "--json")
    assert ended.exit_code == 2
    data = json.loads(ended.stdout)
    assert (data["segment"], data["depends_on"], data["missing"]) == (None, ["score"], ["score"])
    assert [one["segment"] for one in data["changes_at"]] == ["Miser", "Target"]
    assert set(data["possible"]) == {"Miser", "Target"}
    assert "confidence" not in ended.stdout
    assert "it depends on" in ended.stderr


def test_predict_answers_if_a_missing_value_changes_nothing(run: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.cli.runtime.Runtime.model_in_service", lambda _self: SMALL)
    data = one_object(run("predict", "age=35", "score=40", "--json"))
    assert (data["segment"], data["possible"], data["missing"]) == ("Low", ["Low"], ["income"])
    assert data["confidence_range"][0] == data["confidence"] <= data["confidence_range"][1]
    assert (data["why"], data["changes"]) == (["Low, whatever the annual income"], [])
    assert data["profile"]["income"]["value"] is None
    text = said(run("predict", "age=35", "score=40"))
    assert text.startswith("Low, whatever the annual income – About Low.\nConfidence: ")
    assert "Suggested action: Do Low.\nModel v1" in text


def test_a_refusal_never_says_the_word_a_score_does(run: CommandLine) -> None:
    assert "confidence" not in refused(run("predict", "Confidence=1", *ASK)).lower()


def test_predict_explains_itself(run: CommandLine) -> None:
    assert said(run("predict", "help")) == f"Usage: segbot predict {EXAMPLE}\n"
    assert "Usage: " in refused(run("predict", "help", "--json"))  # no object to print
    assert "Missing argument" in refused(run("predict"))


def test_predict_without_a_model_says_how_to_get_one(run: CommandLine, tmp_path: Path) -> None:
    run.variables["SEGBOT_MODELS_DIR"] = str(tmp_path / "none")
    assert "segbot train" in refused(run("predict", *ASK), 1)


def test_predict_warns_when_the_current_version_is_broken(run: CommandLine, home: Harness, trained: Trained) -> None:
    version = home.registry.save(trained, actor="tests", source="again")
    home.registry.promote(version, actor="tests")
    home.break_version(version)
    result = run("predict", *ASK, "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["model_version"] == home.versions[0]
    assert result.stderr.startswith("Warning: ")


def test_says_what_is_not_given(model: SegmentModel) -> None:
    text = explanation_text(model.explain({"income": 60, "score": 70}), model.schema, synthetic=False)
    assert "not given" in text
    assert "assumed" not in text
    assert "synthetic" not in text
