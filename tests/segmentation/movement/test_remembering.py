"""Files of three months, scored for real: who moved is counted by hand, and a promotion in between is told apart."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import pytest
from reference import KEY, reference_trained, reference_values

from segmentation.errors import BadInput
from segmentation.lists.choice import ListChoice
from segmentation.lists.cut import cut_list
from segmentation.model import SegmentModel
from segmentation.movement.movement import Movement
from segmentation.movement.recorder import Recorder
from segmentation.movement.remembering import Memory, Scoring
from segmentation.movement.store import FileStore
from segmentation.schema import Schema
from segmentation.schema_data import default_schema
from segmentation.scoring.score import score_file
from segmentation.training.train import train

DAY = 24 * 60 * 60.0
DAYS = 400
# In the middle of their segments.
TARGET, MISER, SPENDER, CAREFUL = "87,82", "88,17", "26,79", "26,21"
JANUARY = {"a1": TARGET, "a2": TARGET, "a3": MISER, "a4": SPENDER, "a5": CAREFUL, "a6": CAREFUL}
# a2 and a3 moved, a6 left, a7 and a8 joined, a5 cannot be scored.
FEBRUARY = {"a1": TARGET, "a2": MISER, "a3": TARGET, "a4": SPENDER, "a5": "26,", "a7": TARGET, "a8": CAREFUL}


@dataclass
class Desk:
    """Scores files as a job does, with the models that stand for versions of the registry."""

    folder: Path
    models: dict[str, SegmentModel] = field(default_factory=dict)
    scored: int = 0

    @property
    def store(self) -> FileStore:
        return FileStore(self.folder / "movement.sqlite")

    @property
    def memory(self) -> Memory:
        return Memory(self.store, KEY, DAYS)

    def send(self, customers: Mapping[str, str], model: SegmentModel, *, day: float, name: str = "") -> Movement | None:
        self.models[model.version] = model
        self.scored += 1
        source, target = self.folder / f"{self.scored}.csv", self.folder / f"{self.scored}.scored.csv"
        rows = [f"{customer},{values}" for customer, values in customers.items()]
        source.write_text("\n".join(["customer_id,income,score", *rows, ""]))
        recorder = self.memory.recorder("T1")
        report = score_file(source, target, model, watch=recorder)
        again = partial(self._again, source)
        scoring = Scoring(name or f"file:{self.scored}", source.name, "T1", day * DAY, model, report, recorder, again)
        return self.memory.remember(scoring)

    def _again(self, source: Path, version: str, recorder: Recorder) -> SegmentModel | None:
        model = self.models.get(version)
        if model is not None:
            score_file(source, self.folder / "again.csv", model, watch=recorder)
        return model


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture(scope="module")
def model() -> SegmentModel:
    return replace(reference_trained().model, version="v1")


def renamed(model: SegmentModel, version: str, names: Mapping[str, str]) -> SegmentModel:
    segments = tuple(replace(one, name=names.get(one.name, one.name)) for one in model.segments)
    return replace(model, version=version, segments=segments)


@pytest.fixture(scope="module")
def of_four() -> SegmentModel:
    """Return a model that knows no Spenders: it calls them Standard."""
    return replace(train(reference_values(), default_schema(), k=4).model, version="v2")


def sent(movement: Movement | None) -> Movement:
    assert movement is not None
    return movement


def test_the_first_file_of_customers_is_compared_with_nothing(desk: Desk, model: SegmentModel) -> None:
    assert desk.send(JANUARY, model, day=1) is None
    (about,) = desk.memory.history("T1", model)
    assert (about.customers, about.version, about.sizes["Careful"]) == (6, "v1", 2)


def test_three_months_are_compared_each_with_the_one_before(desk: Desk, model: SegmentModel) -> None:
    desk.send(JANUARY, model, day=1)
    february = sent(desk.send(FEBRUARY, model, day=32))
    assert (february.since, february.name) == (DAY, "1.csv")
    assert (february.joined, february.left, february.stayed, february.moved) == (2, 1, 2, 2)
    assert february.table == {
        "Target": {"Target": 1, "Miser": 1},
        "Miser": {"Target": 1},
        "Spender": {"Spender": 1},
        "Careful": {"": 1},
    }
    assert february.by_model is None
    march = sent(desk.send({**FEBRUARY, "a5": SPENDER}, model, day=60))
    assert (march.since, march.moved, march.joined, march.left) == (32 * DAY, 0, 0, 0)
    assert march.table[""] == {"Spender": 1}


def test_a_promotion_between_two_files_is_told_from_customers_that_changed(
    desk: Desk, model: SegmentModel, of_four: SegmentModel
) -> None:
    desk.send(JANUARY, model, day=1)
    # a1 changed; a4 is as before, but the new version has no such segment.
    movement = sent(desk.send({**JANUARY, "a1": MISER}, of_four, day=32))
    assert (movement.moved, movement.by_model, movement.version) == (2, 1, "v1")
    assert movement.table["Spender"] == {"Standard": 1}


def test_a_version_that_only_has_new_names_moves_nobody(desk: Desk, model: SegmentModel) -> None:
    desk.send(JANUARY, model, day=1)
    movement = sent(desk.send({**JANUARY, "a1": MISER}, renamed(model, "v2", {"Miser": "Saver"}), day=32))
    assert (movement.moved, movement.by_model) == (1, 0)
    assert movement.table["Saver"] == {"Saver": 1}
    assert movement.earlier == "", "a list would take every Saver for a mover"


def test_a_version_that_says_the_same_under_the_same_names_lets_movers_be_listed(
    desk: Desk, model: SegmentModel
) -> None:
    desk.send(JANUARY, model, day=1)
    movement = sent(desk.send(FEBRUARY, renamed(model, "v2", {}), day=32))
    assert (movement.moved, movement.by_model, movement.earlier) == (2, 0, "file:1")


def test_the_movers_of_a_summary_are_those_that_a_list_of_its_result_holds(desk: Desk, model: SegmentModel) -> None:
    desk.send(JANUARY, model, day=1)
    movement = sent(desk.send(FEBRUARY, model, day=32))
    moved = desk.memory.moved_since("T1", movement.earlier, lambda version: desk.models[version].schema)
    target = desk.folder / "list.csv"
    report = cut_list(desk.folder / "2.scored.csv", target, ListChoice(("Target", "Miser")), moved=moved)
    assert report.rows == movement.moved
    rows = [line.split(",") for line in target.read_text().splitlines()]
    assert [(row[0], row[3], row[-1]) for row in rows[1:]] == [("a2", "Miser", "Target"), ("a3", "Target", "Miser")]


def test_nobody_can_list_who_moved_since_a_file_that_is_forgotten_damaged_or_anothers(
    desk: Desk, model: SegmentModel
) -> None:
    desk.send(JANUARY, model, day=1)

    def schema_of(version: str) -> Schema:
        return desk.models[version].schema

    for memory, team, earlier, why in (
        (desk.memory, "T1", "file:0", "forgotten the last file"),
        (desk.memory, "T2", "file:1", "forgotten the last file"),
        (replace(desk.memory, signing_key=b"another"), "T1", "file:1", "signing key"),
    ):
        with pytest.raises(BadInput, match=why):
            memory.moved_since(team, earlier, schema_of)
    with closing(sqlite3.connect(desk.folder / "movement.sqlite")) as database, database:
        database.execute("UPDATE snapshot_pieces SET content = x'00'")
    with pytest.raises(BadInput, match="damaged"):
        desk.memory.moved_since("T1", "file:1", schema_of)


def test_of_a_version_that_is_gone_nobody_can_tell(desk: Desk, model: SegmentModel, of_four: SegmentModel) -> None:
    desk.send(JANUARY, model, day=1)
    del desk.models["v1"]
    assert sent(desk.send(JANUARY, of_four, day=32)).by_model is None


def test_a_file_delivered_twice_or_sent_again_is_remembered_once(desk: Desk, model: SegmentModel) -> None:
    desk.send(JANUARY, model, day=1)
    first = desk.send(FEBRUARY, model, day=32, name="february")
    assert desk.send(FEBRUARY, model, day=32, name="february") == first, "the job ran again after a crash"
    assert desk.send(FEBRUARY, model, day=33, name="once more") == first, "the same file was sent again"
    assert [about.taken for about in desk.memory.history("T1", model)] == [DAY, 32 * DAY]


def test_a_job_that_is_repeated_late_is_not_compared_with_later_files(desk: Desk, model: SegmentModel) -> None:
    desk.send(JANUARY, model, day=1)
    first = desk.send(FEBRUARY, model, day=32, name="february")
    desk.send({**FEBRUARY, "a1": CAREFUL}, model, day=60)
    assert desk.send(FEBRUARY, model, day=32, name="february") == first


def test_files_of_other_customers_in_between_make_no_difference(desk: Desk, model: SegmentModel) -> None:
    desk.send(JANUARY, model, day=1)
    assert desk.send({f"b{number}": TARGET for number in range(9)}, model, day=20) is None
    assert sent(desk.send(FEBRUARY, model, day=32)).since == DAY


def test_what_is_older_than_the_days_set_is_forgotten(desk: Desk, model: SegmentModel) -> None:
    desk.send(JANUARY, model, day=1)
    assert desk.send(FEBRUARY, model, day=2 + DAYS) is None
    assert len(desk.memory.history("T1", model)) == 1


def test_under_a_new_signing_key_files_are_not_compared(desk: Desk, model: SegmentModel) -> None:
    desk.send(JANUARY, model, day=1)
    memory = Memory(desk.store, b"another key of thirty-two letters", DAYS)
    recorder = memory.recorder("T1")
    report = score_file(desk.folder / "1.csv", desk.folder / "again.csv", model, watch=recorder)
    assert memory.remember(Scoring("x", "x.csv", "T1", 9 * DAY, model, report, recorder, lambda *_: None)) is None


def test_a_damaged_snapshot_is_passed_over(desk: Desk, model: SegmentModel, caplog: pytest.LogCaptureFixture) -> None:
    desk.send(JANUARY, model, day=1)
    desk.send({**JANUARY, "a1": MISER}, model, day=2)
    with closing(sqlite3.connect(desk.folder / "movement.sqlite", isolation_level=None)) as connection:
        connection.execute("UPDATE snapshot_pieces SET content = x'00' WHERE id = 'file:2'")
    with caplog.at_level(logging.WARNING):
        assert sent(desk.send(FEBRUARY, model, day=32)).since == DAY
    assert [record.getMessage() for record in caplog.records] == ["a remembered file is damaged"]


def test_without_a_column_of_ids_nothing_is_remembered(desk: Desk, model: SegmentModel, tmp_path: Path) -> None:
    source, recorder = tmp_path / "no-ids.csv", desk.memory.recorder("T1")
    source.write_text(f"income,score\n{TARGET}\n{MISER}\n")
    report = score_file(source, tmp_path / "out.csv", model, watch=recorder)
    assert desk.memory.remember(Scoring("x", "x.csv", "T1", 0.0, model, report, recorder, lambda *_: None)) is None
    assert desk.memory.history("T1", model) == []


def test_a_file_in_which_nobody_has_a_segment_is_not_remembered(desk: Desk, model: SegmentModel) -> None:
    desk.send(JANUARY, model, day=1)
    assert desk.send(dict.fromkeys(JANUARY, "?,?"), model, day=2) is None
    (january,) = desk.memory.history("T1", model)
    assert sent(desk.send(FEBRUARY, model, day=32)).since == DAY
    # One that an earlier version of segbot remembered is not shown.
    snapshot = desk.store.load(january)
    assert snapshot is not None
    desk.store.add(replace(snapshot, about=replace(january, id="empty", sizes=dict.fromkeys(january.sizes, 0))))
    assert [about.id for about in desk.memory.history("T1", model)] == ["file:1", "file:3"]


def test_segments_of_a_model_are_all_in_the_sizes(desk: Desk, model: SegmentModel) -> None:
    desk.send(JANUARY, model, day=1)
    (about,) = desk.memory.history("T1", model)
    assert about.sizes == {"Target": 2, "Miser": 1, "Spender": 1, "Careful": 2, "Standard": 0}


def test_two_remembered_files_are_compared_whenever_they_came(desk: Desk, model: SegmentModel) -> None:
    desk.send(JANUARY, model, day=1)
    desk.send(FEBRUARY, model, day=32)
    desk.send({f"b{number}": TARGET for number in range(9)}, model, day=40)
    january, february, others = desk.memory.history("T1", model)
    assert desk.memory.between(january, february).moved == 2
    for earlier, later, why in (
        (january, others, "no customer in common"),
        (replace(january, key="another"), february, "signing key"),
        (replace(january, id="gone"), february, "forgotten"),
        (replace(january, content="other"), february, "damaged"),
    ):
        with pytest.raises(BadInput, match=why):
            desk.memory.between(earlier, later)
