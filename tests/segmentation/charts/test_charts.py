"""The charts, as figures where words and places matter, and as the PNGs people see."""

from __future__ import annotations

import io
import itertools
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pytest
from matplotlib import image
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from segmentation.charts import plane
from segmentation.charts.charts import (
    distribution_chart,
    distribution_figure,
    elbow_chart,
    elbow_figure,
    map_figure,
    segment_map,
)
from segmentation.charts.sheet import WIDTH
from segmentation.explanation import Segment
from segmentation.model import SegmentModel
from segmentation.palette import NOT_SCORED, NOT_SCORED_COLOUR, PALETTE, colour_of, look_of, square_of
from segmentation.schema import Feature, Role, Schema, default_schema
from segmentation.tree import DecisionTree

DEFAULT_NAMES = ("Target", "Miser", "Spender", "Careful", "Standard")
LONG_NAMES = (
    "High income, low spending, weekends only",
    "Ältere Stammkunden mit $ und noch mehr $",
    "W" * 40,
    "高价值客户，经常购买，喜欢新产品",
    "Sporadic bargain hunters of the suburbs",
    "Постоянные покупатели со скидкой",
    r"$\frac{broken}$ {mathtext} $",
    "Big spender",
    "Occasional visitor in the middle",
    "🙂 happy\nline break\tand\u202e tricks\x00",
)
RFM = Schema(
    "rfm",
    (
        Feature("recency", "Days since last order", "days", 0, 3650, Role.CLUSTER),
        Feature("frequency", "Orders a year", "", 0, 500, Role.CLUSTER),
        Feature("monetary", "Spend a year", "€", 0, 1e9, Role.CLUSTER),
    ),
    (),
)
SPEND = Schema("spend", (Feature("spend", "Monthly spend", "€", 0, 1e6, Role.CLUSTER),), ())


@dataclass(frozen=True)
class Point:
    k: int
    inertia: float
    silhouette: float | None


SWEEP = [Point(k, 400 / k, None if k == 1 else 0.6 - 0.03 * abs(k - 5)) for k in range(1, 11)]


def split(cuts: Sequence[tuple[int, float]]) -> DecisionTree:
    """A chain: left of cut i is segment i, right of all of them the last segment."""
    inner = len(cuts)
    feature, cut, left, right, segment = [], [], [], [], []
    for i, (index, at) in enumerate(cuts):
        feature += [index, -1]
        cut += [at, 0.0]
        left += [2 * i + 1, -1]
        right += [2 * i + 2, -1]
        segment += [i, i]
    return DecisionTree((*feature, -1), (*cut, 0.0), (*left, -1), (*right, -1), (*segment, inner))


def model(
    names: Sequence[str] = DEFAULT_NAMES,
    schema: Schema | None = None,
    means: Sequence[tuple[float, ...]] | None = None,
    tree: DecisionTree | None = None,
) -> SegmentModel:
    schema = schema or default_schema()
    if means is None:
        centres = [(86.5, 82.1), (88.2, 17.1), (25.7, 79.4), (26.3, 20.9), (55.3, 49.5)]
        centres += [(60.0, 90.0), (60.0, 10.0), (20.0, 50.0), (95.0, 50.0), (110.0, 30.0)]
        means = [(38.0, *centre) for centre in centres[: len(names)]]
    segments = tuple(
        Segment(name, "", "", 40, 0.2, mean, tuple(v * 0.85 for v in mean), tuple(v * 1.15 for v in mean))
        for name, mean in zip(names, means, strict=True)
    )
    features, clustering = len(schema.features), len(schema.cluster_indices)
    if tree is None:
        axis = schema.cluster_indices[0]
        middles = sorted(mean[axis] for mean in means)
        tree = split([(axis, (a + b) / 2 + i * 1e-6) for i, (a, b) in enumerate(itertools.pairwise(middles))])
    return SegmentModel(
        schema, segments, ((0.0,) * clustering,) * len(names), (0.0,) * features, (1.0,) * features, means[0], tree
    )


def customers(count: int, seed: int = 0) -> list[list[float]]:
    rng = np.random.default_rng(seed)
    drawn = [rng.uniform(low, high, count).tolist() for low, high in ((18, 70), (15, 137), (1, 99))]
    return [list(row) for row in zip(*drawn, strict=True)]


def words(figure: Figure) -> str:
    return " | ".join(text.get_text().replace("\n", " ") for text in figure.texts)


def pixels(png: bytes) -> npt.NDArray[np.float32]:
    return np.asarray(image.imread(io.BytesIO(png)), dtype=np.float32)


def colours(png: bytes) -> dict[str, int]:
    channels = np.rint(pixels(png)[..., :3] * 255).astype(np.int64)
    found, counts = np.unique(channels @ np.array([1 << 16, 1 << 8, 1]), return_counts=True)
    return {f"#{rgb:06X}": int(n) for rgb, n in zip(found.tolist(), counts.tolist(), strict=True)}


def check_layout(figure: Figure) -> None:
    """Every text lies inside the figure, and on no other text."""
    width, height = figure.bbox.width, figure.bbox.height
    boxes = [(text.get_text(), text.get_window_extent()) for text in figure.texts]
    for text, box in boxes:
        assert box.x0 >= 0, text
        assert box.y0 >= 0, text
        assert box.x1 <= width, text
        assert box.y1 <= height, text
    for (one, a), (other, b) in itertools.combinations(boxes, 2):
        overlap = min(a.x1, b.x1) - max(a.x0, b.x0) > 1 and min(a.y1, b.y1) - max(a.y0, b.y0) > 1
        assert not overlap, (one, other)


# --- the palette


def test_default_names_keep_their_colours_whoever_else_is_there() -> None:
    alone = {name: look_of(name, [name]) for name in DEFAULT_NAMES}
    assert {name: look_of(name, DEFAULT_NAMES) for name in DEFAULT_NAMES} == alone
    crowd = [*LONG_NAMES[:5], *DEFAULT_NAMES]
    assert {name: look_of(name, crowd) for name in DEFAULT_NAMES} == alone
    assert [square_of(name, DEFAULT_NAMES) for name in DEFAULT_NAMES] == [
        "🟦",
        "🟪",
        "🟧",
        "🟩",
        "🟫",
    ]


def test_colours_do_not_depend_on_the_order_of_names() -> None:
    expected = [colour_of(name, LONG_NAMES) for name in LONG_NAMES]
    assert [colour_of(name, LONG_NAMES[::-1]) for name in LONG_NAMES] == expected
    assert [colour_of(name, sorted(LONG_NAMES)) for name in LONG_NAMES] == expected


def test_ten_segments_differ_in_colour_marker_and_emoji() -> None:
    looks = [look_of(name, LONG_NAMES) for name in LONG_NAMES]
    for part in ("colour", "marker", "square"):
        assert len({getattr(look, part) for look in looks}) == 10


def test_twenty_segments_still_differ_in_colour_and_marker_together() -> None:
    names = [f"segment {i}" for i in range(20)]
    assert len({(look_of(n, names).colour, look_of(n, names).marker) for n in names}) == 20


def test_a_new_segment_of_a_default_name_moves_no_other_colour() -> None:
    names = ["Champions", "At risk", "Loyal"]
    before = [colour_of(name, names) for name in names]
    assert [colour_of(name, [*names, *DEFAULT_NAMES]) for name in names] == before


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(KeyError):
        colour_of("Nobody", DEFAULT_NAMES)


def test_palette_colours_stay_apart_for_colour_blind_eyes() -> None:
    # Full dichromacy after Machado, Oliveira & Fernandes (2009), on linear RGB; CIE76 distance.
    simulations = {
        "normal": np.eye(3),
        "protanopia": np.array([[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]]),
        "deuteranopia": np.array([[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]]),
        "tritanopia": np.array([[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]]),
    }
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])

    def lab(colour: str, simulation: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        xyz = to_xyz @ np.clip(simulation @ linear, 0, 1) / [0.9505, 1.0, 1.089]
        x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
        return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])

    for eyes, simulation in simulations.items():
        for a, b in itertools.combinations([look.colour for look in PALETTE], 2):
            assert np.linalg.norm(lab(a, simulation) - lab(b, simulation)) > 15, (eyes, a, b)


def test_the_palette_needs_no_plotting_library() -> None:
    code = "import sys, segmentation.palette; sys.exit('matplotlib' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --- the elbow chart


def test_elbow_chart_says_that_both_agree() -> None:
    figure = elbow_figure(SWEEP, 5, 5, 5)
    assert "5 segments chosen" in words(figure)
    assert "Elbow and silhouette agree on 5" in words(figure)
    assert "k = 5: chosen, elbow" in words(figure)
    assert "k = 5: chosen, best" in words(figure)
    assert "disagree" not in words(figure)
    assert "synthetic" not in words(figure)
    check_layout(figure)


def test_elbow_chart_says_that_they_disagree() -> None:
    figure = elbow_figure(SWEEP, 4, 4, 6, synthetic=True)
    assert "Elbow and silhouette disagree: 4 and 6 · synthetic sample data" in words(figure)
    assert "k = 4: chosen, elbow" in words(figure)
    assert "k = 6: best" in words(figure)
    check_layout(figure)


@pytest.mark.parametrize(
    ("elbow_k", "silhouette_k", "said"),
    [
        (None, 5, "No clear elbow; the silhouette is best at 5"),
        (5, None, "The elbow is at 5"),
        (None, None, "Neither elbow nor silhouette"),
    ],
)
def test_elbow_chart_says_what_is_missing(elbow_k: int | None, silhouette_k: int | None, said: str) -> None:
    assert said in words(elbow_figure(SWEEP, 5, elbow_k, silhouette_k))


@pytest.mark.parametrize("chosen", [1, 2, 4, 5, 6, 10])
@pytest.mark.parametrize("best", [2, 6])
def test_elbow_labels_never_overlap(chosen: int, best: int) -> None:
    check_layout(elbow_figure(SWEEP, chosen, 5, best))


def test_elbow_chart_without_silhouettes_has_one_panel() -> None:
    sweep = [Point(k, 1e9 / k, None) for k in (3, 1, 2)]
    figure = elbow_figure(sweep, 1, None, None)
    assert len(figure.axes) == 1
    assert "1 segment chosen" in words(figure)
    assert "1,000M" in words(figure)
    check_layout(figure)


def test_elbow_chart_of_a_k_that_was_not_swept() -> None:
    check_layout(elbow_figure(SWEEP, 14, 5, 5))
    check_layout(elbow_figure([Point(3, 0.0, None)], 3, None, None))
    check_layout(elbow_figure([Point(k, 1.0, 0.5) for k in range(1, 41)], 30, 3, 40))


def test_elbow_chart_refuses_an_empty_sweep() -> None:
    with pytest.raises(ValueError, match="empty"):
        elbow_chart([], 5, 5, 5)


# --- the segment map


def test_map_names_axes_with_units_and_every_segment() -> None:
    figure = map_figure(model(), customers(200))
    for expected in ("Annual income (k$)", "Spending score (points)", "5 segments · 200 customers", *DEFAULT_NAMES):
        assert expected in words(figure)
    assert "synthetic" not in words(figure)
    check_layout(figure)


def test_map_labels_synthetic_data() -> None:
    assert "synthetic sample data" in words(map_figure(replace(model(), synthetic=True)))


def test_every_segments_colour_and_tint_is_on_the_map() -> None:
    seen = colours(segment_map(model()))
    for name in DEFAULT_NAMES:
        colour = colour_of(name, DEFAULT_NAMES)
        assert seen.get(colour, 0) > 100, name
        assert seen.get(plane.mix(colour, plane.TINT, towards=1.0).upper(), 0) > 1000, name


def test_map_regions_are_the_trees_answers() -> None:
    known = model(tree=split([(1, 40.0), (2, 30.0), (1, 70.0), (2, 60.0)]))
    figure = map_figure(known)
    axes = figure.axes[0]
    picture = pixels(segment_map(known))
    tints = {plane.mix(colour_of(name, known.names), plane.TINT, towards=1.0): i for i, name in enumerate(known.names)}
    checked = 0
    for x in np.linspace(*axes.get_xlim(), 23)[1:-1]:
        for y in np.linspace(*axes.get_ylim(), 19)[1:-1]:
            column, row = axes.transData.transform((x, y))
            colour = to_hex(tuple(picture[round(figure.bbox.height - row - 0.5), round(column - 0.5), :3].tolist()))
            if colour in tints:
                checked += 1
                assert tints[colour] == known.tree.segment_of([38.0, x, y])
    assert checked > 200


@pytest.mark.parametrize("count", [2, 5, 10])
@pytest.mark.parametrize("points", [0, 300])
def test_long_names_never_overlap_and_are_whole(count: int, points: int) -> None:
    known = model(LONG_NAMES[:count])
    figure = map_figure(known, customers(points), (35, 60, 70))
    check_layout(figure)
    assert "…" not in words(figure)
    assert "This customer" in words(figure)


def test_names_are_never_mathtext_and_never_warn() -> None:
    for known in (model(LONG_NAMES), model(["$a_b$", "\ud800", "\u200b", "x\n$y$", "ก"])):
        assert pixels(segment_map(known)).shape[1] == WIDTH
        assert pixels(distribution_chart(dict.fromkeys(known.names, 3), known.names)).shape[1] == WIDTH
    assert "$a_b$" in words(map_figure(model(["$a_b$", "b"])))


def test_highlight_is_pointed_out_and_shades_for_its_own_profile() -> None:
    aged = model(tree=split([(0, 30.0), (1, 50.0), (2, 50.0), (1, 90.0)]))
    assert "Regions shaded for Age 38 years" in words(map_figure(aged))
    figure = map_figure(aged, None, (25, 60, 70))
    assert "Regions shaded for Age 25 years" in words(figure)
    assert "off the map" not in words(figure)
    # At 25 the tree answers its first segment everywhere.
    tint = plane.mix(colour_of("Target", DEFAULT_NAMES), plane.TINT, towards=1.0).upper()
    assert colours(segment_map(aged, None, (25, 60, 70)))[tint] > 300_000


def test_a_far_highlight_does_not_squeeze_the_map() -> None:
    figure = map_figure(model(), None, (35, 950, 70))
    assert figure.axes[0].get_xlim()[1] < 200
    assert "This customer (off the map)" in words(figure)
    check_layout(figure)


def test_a_near_highlight_widens_the_map_but_not_beyond_the_bounds() -> None:
    axes = map_figure(model(), customers(50), (35, 180, 100)).axes[0]
    assert axes.get_xlim()[1] > 180
    assert axes.get_ylim()[1] == 100


def test_only_a_sample_of_many_points_is_drawn() -> None:
    figure = map_figure(model(), customers(10_000))
    drawn = sum(len(np.asarray(c.get_offsets())) for c in figure.axes[0].collections if len(c.get_paths()) == 1)
    assert drawn == plane.MAX_POINTS
    assert "3,000 of 10,000 customers" in words(figure)


def test_map_of_another_schema_uses_its_first_two_cluster_features() -> None:
    means = [(20.0, 30.0, 2e6), (90.0, 8.0, 4e5), (300.0, 1.0, 1e5)]
    known = model(["Champions", "At risk", "Lost"], RFM, means, split([(0, 60.0), (2, 3e5)]))
    figure = map_figure(known, means)
    for expected in ("Days since last order (days)", "Orders a year", "Champions", "At risk", "Lost"):
        assert expected in words(figure)
    assert "Regions shaded for Spend a year 2000000 €" in words(figure)
    check_layout(figure)


@pytest.mark.parametrize("count", [2, 6, 10])
def test_one_cluster_feature_makes_a_strip(count: int) -> None:
    means = [(150.0 * (i + 1),) for i in range(count)]
    known = model(LONG_NAMES[:count], SPEND, means)
    figure = map_figure(known, [[v] for v in np.linspace(100, 1800, 200).tolist()], (400,))
    assert "Monthly spend (€)" in words(figure)
    assert "This customer" in words(figure)
    check_layout(figure)
    seen = colours(segment_map(known))
    assert all(seen.get(colour_of(name, known.names), 0) > 100 for name in known.names)


def test_segments_all_in_one_place_still_make_a_map() -> None:
    check_layout(map_figure(model(["a", "b"], means=[(38.0, 50.0, 50.0)] * 2, tree=split([(1, 50.0)]))))


def test_a_vector_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="reshape"):
        segment_map(model(), [[1.0, 2.0]])
    with pytest.raises(ValueError, match="reshape"):
        segment_map(model(), None, (1.0, 2.0))


# --- the distribution


def test_distribution_lists_the_largest_first_and_not_scored_last() -> None:
    counts = {"Target": 39, NOT_SCORED: 60, "Miser": 35, "Standard": 81, "Careful": 23}
    figure = distribution_figure(counts, DEFAULT_NAMES, synthetic=True)
    said = words(figure)
    order = [said.index(name) for name in ("Standard", "Target", "Miser", "Careful", "Spender", NOT_SCORED)]
    assert order == sorted(order)
    assert "238 rows, 178 of them in 5 segments · synthetic sample data" in said
    assert "81 · 34.0%" in said
    assert "60 · 25.2%" in said
    check_layout(figure)
    seen = colours(distribution_chart(counts, DEFAULT_NAMES))
    assert seen[NOT_SCORED_COLOUR] > 1000
    assert all(seen[colour_of(name, DEFAULT_NAMES)] > 1000 for name in counts if name != NOT_SCORED)


@pytest.mark.parametrize("largest", [0, 1, 999_999_999])
def test_distribution_of_long_names_clips_nothing(largest: int) -> None:
    counts = {name: largest // (i + 1) for i, name in enumerate(LONG_NAMES)}
    figure = distribution_figure({**counts, NOT_SCORED: 1}, LONG_NAMES)
    check_layout(figure)
    assert "…" not in words(figure)


def test_distribution_of_nothing_and_of_very_little() -> None:
    assert "0 customers in 5 segments" in words(distribution_figure({}, DEFAULT_NAMES))
    assert "1 · <0.1%" in words(distribution_figure({"Target": 1, "Miser": 99_999}, DEFAULT_NAMES))


# --- the files


def test_same_input_gives_same_bytes_also_in_threads() -> None:
    known, points = model(), customers(500)

    def draw(_: int) -> tuple[bytes, bytes, bytes]:
        return (
            segment_map(known, points, (35, 60, 70)),
            elbow_chart(SWEEP, 5, 4, 6),
            distribution_chart({"Target": 3, "Miser": 2}, known.names),
        )

    with ThreadPoolExecutor(2) as pool:
        drawn = list(pool.map(draw, range(3)))
    assert set(drawn) == {draw(0)}


def test_files_are_small_and_as_wide_as_promised() -> None:
    files = [
        segment_map(model(LONG_NAMES), customers(5000), (35, 60, 70)),
        elbow_chart(SWEEP, 5, 4, 6),
        distribution_chart(dict.fromkeys(LONG_NAMES, 7), LONG_NAMES),
    ]
    for file in files:
        assert len(file) < 150_000
        picture = pixels(file)
        height, width, _ = picture.shape
        assert width == WIDTH
        assert height <= 1.35 * width
        assert (picture[[0, -1]][:, [0, -1], :3] == 1).all()


def test_global_plotting_state_stays_untouched() -> None:
    code = (
        "import sys; from segmentation.charts.charts import distribution_chart;"
        "distribution_chart({'Target': 1}, ['Target']); sys.exit('matplotlib.pyplot' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
