"""Candidates where the registry itself is in trouble, and two who decide at the same moment."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from harness import Harness
from reference import rfm_trained, sample_trained

from bot.blocks.model_names import model_text
from bot.blocks.models.retrain_report import Choice
from bot.blocks.reply import Reply
from bot.blocks.text import capital
from bot.candidates import Candidates
from segmentation.errors import Conflict
from segmentation.evaluation.compare import compare
from segmentation.evaluation.comparison import Side, Verdict
from segmentation.registry.registry import Registry
from segmentation.schema_data import default_schema
from segmentation.training.samples.mall import sample_customers
from segmentation.training.train import train


@pytest.fixture
def own(harness: Harness, tmp_path: Path) -> Harness:
    """A harness with a second version in service and a third that waits."""
    changing = harness.copy(tmp_path / "own")
    second, third = (
        changing.registry.save(train(sample_customers() + n, default_schema()), actor="tests", source="customers")
        for n in (1, 2)
    )
    changing.registry.promote(second, actor="tests")
    return replace(changing, versions=(*changing.versions, second, third))


def candidates(harness: Harness) -> Candidates:
    return Candidates(harness.registry, allow_unsafe=False)


def test_a_broken_pointer_is_said_and_a_rollback_mends_it(own: Harness) -> None:
    first, _second, _third = own.versions
    (own.folder / "models" / "current").write_bytes(b"\xff")
    there = candidates(own)
    assert "pointer" in there.in_service()
    asked = there.rollback_asked(first)
    assert "Nobody can tell how many customers would move." in asked.text
    decided = there.rollback(choice_of(asked), "U012AB3CD")
    assert decided.announcement == f"<@U012AB3CD> rolled back: the *{model_text(first)}* is in service again."
    assert decided.small == first
    assert own.registry.current() == first
    told = there.in_service()
    assert re.match(r"In service: the \*model of .+\*, put back in service by <@U012AB3CD> on ", told)
    assert told.endswith(f"(`{first}`).")


def choice_of(asked: Reply) -> Choice:
    return Choice.from_value(asked.blocks[-1]["elements"][0]["value"])


def test_two_who_confirm_the_same_rollback_go_back_once(own: Harness) -> None:
    first, second, third = own.versions
    own.registry.promote(third, actor="tests")
    there = candidates(own)
    one, other = (choice_of(there.rollback_asked(None)) for _ in range(2))
    assert one == other == Choice(second, third)
    there.rollback(one, "U012AB3CD")
    with pytest.raises(Conflict, match=f"{second} is the current version already"):
        there.rollback(other, "U0OTHER00")
    assert own.registry.current() == second
    # Asked anew, it goes back further.
    there.rollback(choice_of(there.rollback_asked(None)), "U0OTHER00")
    assert own.registry.current() == first


def test_a_rollback_from_a_damaged_version_is_asked_about_all_the_same(own: Harness) -> None:
    first, second, _third = own.versions
    own.break_version(second)
    there = candidates(own)
    asked = there.rollback_asked(None)
    assert "Nobody can tell how many customers would move." in asked.text
    there.rollback(choice_of(asked), "U012AB3CD")
    assert own.registry.current() == first


def test_a_registry_where_nothing_is_in_service_says_so(harness: Harness, tmp_path: Path) -> None:
    empty = Harness(tmp_path)
    (tmp_path / "var").mkdir()
    there = candidates(empty)
    assert (there.in_service(), there.last(), there.history()) == ("No version is in service yet.", "", ([], 0))


def test_the_history_has_a_verdict_only_of_what_was_compared_with_another_model(
    harness: Harness, tmp_path: Path
) -> None:
    home = harness.copy(tmp_path / "home")
    kept, alone = sample_trained(), compare(Side.of_training(sample_trained()), None)
    first = home.registry.save(kept, actor="tests", source="test", comparison=alone)
    worse = replace(alone, verdict=Verdict.WORSE, against=first)
    second = home.registry.save(kept, actor="tests", source="test", comparison=worse)
    lines = {line.version: line.verdict for line in candidates(home).history()[0]}
    assert (lines[first], lines[second]) == ("", Verdict.WORSE.word)


def test_a_discard_that_comes_a_moment_late_changes_nothing(own: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    _first, second, third = own.versions

    def overtaken(_registry: Registry, _version: str, *, actor: str) -> None:
        # Somebody else's discard lands between the look and the deed.
        undisturbed(own.registry, third, actor=f"{actor} and somebody else")
        raise Conflict("too late", second)

    undisturbed = Registry.discard
    monkeypatch.setattr(Registry, "discard", overtaken)
    choice = Choice(version=third, expected=second, elbow="", segments="")
    decided = candidates(own).discard(choice, "U012AB3CD")
    assert decided.announcement == ""
    assert "Nothing was changed. *Discarded*" in decided.answer


def test_how_to_ask_is_told_when_a_version_of_other_columns_comes_or_goes(harness: Harness, tmp_path: Path) -> None:
    home = harness.copy(tmp_path / "home")
    (first,) = home.versions
    other = home.registry.save(rfm_trained(), actor="tests", source="test")
    there = candidates(home)
    told = there.promote(Choice(other, first), "U012AB3CD").announcement
    example = home.registry.load(other).schema.example
    assert "It no longer uses age, annual income and spending score and now uses days since last order, years" in told
    assert told.endswith(f"Ask like this: `/segment {example}`")
    back = there.rollback(choice_of(there.rollback_asked(None)), "U012AB3CD").announcement
    assert back.endswith("Ask like this: `/segment age=35 income=60 score=70`")


def test_how_to_ask_is_not_told_anew_when_the_columns_stay_or_the_version_before_is_damaged(
    harness: Harness, tmp_path: Path
) -> None:
    home = harness.copy(tmp_path / "home")
    (first,) = home.versions
    same = home.registry.save(sample_trained(), actor="tests", source="test")
    other = home.registry.save(rfm_trained(), actor="tests", source="test")
    there = candidates(home)
    assert "Ask like this" not in there.promote(Choice(same, first), "U012AB3CD").announcement
    home.break_version(same)
    done = there.promote(Choice(other, same), "U012AB3CD")
    told = done.announcement
    both = other, same
    assert told.startswith(f"*{capital(model_text(other, both))}* is now in service, promoted by <@U012AB3CD>. ")
    assert f"It replaces the {model_text(same, both)}; undo with `/retrain rollback`." in told
    assert done.small == f"{other} · before: {same}"
    assert "Ask like this" not in told
