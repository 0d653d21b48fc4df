"""The choice of k: by silhouette and inertia together, kept on a retrain, and always explained."""

from __future__ import annotations

import numpy as np
import pytest

from segmentation.errors import BadTrainingData
from segmentation.training.groups.choice import choose_k
from segmentation.training.groups.sweep import sweep
from segmentation.training.reports.training import KChoice, SweepPoint


def curve(inertias: list[float], silhouettes: list[float | None]) -> tuple[SweepPoint, ...]:
    pairs = zip(inertias, silhouettes, strict=True)
    return tuple(SweepPoint(k, inertia, silhouette) for k, (inertia, silhouette) in enumerate(pairs, start=1))


def silhouettes(**scores: float) -> list[float | None]:
    """Return the silhouettes of k = 1…10: .3 except for those given, as k4=.6."""
    return [None, *(scores.get(f"k{k}", 0.3) for k in range(2, 11))]


BENT = [100.0, 60.0, 35.0, 15.0, 13.0, 11.0, 9.0, 8.0, 7.0, 6.0]
# The elbow is early, at 3; what another segment takes away, as a share, is greatest up to 6.
BENT_TWICE = [100.0, 50.0, 20.0, 16.0, 12.0, 4.0, 3.6, 3.3, 3.1, 3.0]
STRAIGHT = [100.0 - 10 * k for k in range(10)]


def groups(k: int, spread: float = 1.0) -> KChoice:
    """Choose k for groups in a row, ten apart."""
    rng = np.random.default_rng(k)
    points = np.vstack([rng.normal((10 * group, 10 * (group % 3)), spread, (40, 2)) for group in range(k)])
    return choose_k(sweep(points, np.ones(len(points), dtype=np.int64), seed=0))


def test_elbow_and_silhouette_that_agree_are_followed() -> None:
    choice = choose_k(curve(BENT, silhouettes(k4=0.6)))
    assert (choice.k, choice.elbow, choice.silhouette, choice.suggested) == (4, 4, 4, None)
    assert choice.reason == "The inertia curve bends at k = 4, where the silhouette is best too."


def test_a_silhouette_that_is_clearly_best_beats_the_elbow() -> None:
    choice = choose_k(curve(BENT, silhouettes(k4=0.5, k7=0.6)))
    assert (choice.k, choice.elbow, choice.silhouette) == (7, 4, 7)
    assert choice.reason == ("The elbow says 4 and the silhouette 7. The silhouette was followed: it is clearly best.")


def test_among_close_silhouettes_the_sharpest_bend_decides() -> None:
    choice = choose_k(curve(BENT, silhouettes(k4=0.575, k7=0.6)))
    assert (choice.k, choice.elbow, choice.silhouette) == (4, 4, 7)
    assert choice.reason == (
        "The elbow says 4 and the silhouette 7. The elbow was followed, since the silhouette is hardly better there: "
        "0.600 against 0.575."
    )


def test_the_bend_is_relative_so_groups_of_groups_do_not_hide_it() -> None:
    choice = choose_k(curve(BENT_TWICE, silhouettes(k3=0.5, k6=0.59, k8=0.6)))
    assert (choice.k, choice.elbow, choice.silhouette) == (6, 3, 8)
    assert choice.reason == (
        "The elbow says 3, and the silhouette is best at 8. k = 6 was chosen: the silhouette is hardly better there: "
        "0.600 against 0.590, and the inertia levels off most sharply after 6."
    )


# Two groups side by side, and a few customers far from both: these make the others look like one group.
REMOTE = ((0, 0, 300), (5, 0, 200), (25, 0, 24))


def in_places(*places: tuple[float, float, int]) -> KChoice:
    """Choose k for groups at places, each with its number of customers, who scatter by 1."""
    rng = np.random.default_rng(3)
    points = np.vstack([rng.normal((x, y), 1, (count, 2)) for x, y, count in places])
    return choose_k(sweep(points, np.ones(len(points), dtype=np.int64), seed=0))


def test_groups_that_look_like_one_beside_a_remote_one_are_told_apart_by_their_inertia() -> None:
    choice = in_places(*REMOTE)
    assert (choice.k, choice.silhouette) == (3, 2)
    assert choice.reason == (
        "The silhouette is best at 2. k = 3 was chosen: the inertia levels off far more sharply after 3, so fewer "
        "segments would put distinct groups into one."
    )


def test_one_group_beside_a_remote_one_is_not_divided() -> None:
    assert in_places(REMOTE[0], REMOTE[2]).k == 2


def test_a_far_sharper_bend_needs_a_silhouette_within_reach_of_the_best() -> None:
    inertias = [100.0, 70.0, 20.0, 16.0, 14.0, 13.0, 12.0, 11.0, 10.0, 9.0]
    assert choose_k(curve(inertias, silhouettes(k2=0.8, k3=0.56))).k == 3
    assert choose_k(curve(inertias, silhouettes(k2=0.8, k3=0.54))).k == 2
    # Not far sharper.
    assert choose_k(curve([100.0, 40.0, 20.0, *inertias[3:]], silhouettes(k2=0.8, k3=0.56))).k == 2


def test_without_a_knee_the_silhouette_decides_and_the_reason_says_so() -> None:
    choice = choose_k(curve(STRAIGHT, silhouettes(k7=0.6)))
    assert (choice.k, choice.elbow, choice.silhouette) == (7, None, 7)
    assert choice.reason == "The inertia curve has no elbow, so k = 7, where the silhouette is best."


def test_without_a_knee_a_bend_may_still_decide_between_close_silhouettes() -> None:
    choice = choose_k(curve([100.0, 90, 80, 70, 60, 49, 40, 30, 20, 9], silhouettes(k5=0.6, k6=0.599)))
    assert (choice.k, choice.elbow, choice.silhouette) == (6, None, 5)
    assert choice.reason.startswith("The inertia curve has no elbow, and the silhouette is best at 5. k = 6 was chosen")


def test_without_either_k_is_the_smallest() -> None:
    choice = choose_k(curve([1.0, 0.0], [None, None]))
    assert (choice.k, choice.elbow, choice.silhouette) == (2, None, None)
    assert "no elbow and no silhouette is defined, so k is the smallest, 2" in choice.reason


def test_an_elbow_without_silhouette_is_followed() -> None:
    assert choose_k(curve(BENT, [None] * 10)).reason == "The inertia curve bends at k = 4."


@pytest.mark.parametrize("k", [2, 5, 8, 11, 15])
def test_clear_groups_are_counted_up_to_the_largest_k(k: int) -> None:
    choice = groups(k)
    assert (choice.k, choice.silhouette) == (k, k)


def test_points_that_are_all_apart_have_no_inertia_left_and_still_a_choice() -> None:
    points = np.array([[0.0, 0.0], [0.0, 1.0], [9.0, 9.0], [9.0, 8.0]])
    choice = choose_k(sweep(points, np.array([5, 5, 5, 5]), seed=0))
    assert choice.k == 4
    assert choice.silhouette == 4


def test_a_k_that_was_asked_for_is_taken_and_the_rest_still_told() -> None:
    choice = choose_k(curve(BENT, silhouettes(k7=0.6)), requested=3, in_service=5)
    assert (choice.k, choice.elbow, choice.silhouette) == (3, 4, 7)
    assert choice.reason == "k = 3 was asked for; the elbow says 4, the silhouette is best at 7."
    silent = choose_k(curve([1.0, 0.0], [None, None]), requested=2)
    assert silent.reason == "k = 2 was asked for; the inertia curve has no elbow."


def test_a_retrain_keeps_the_k_in_service_unless_another_is_clearly_better() -> None:
    kept = choose_k(curve(BENT, silhouettes(k4=0.6, k5=0.555)), in_service=5)
    assert (kept.k, kept.elbow, kept.silhouette, kept.suggested) == (5, 4, 4, None)
    assert kept.reason == ("k = 5 was kept from the version in service; the elbow says 4, the silhouette is best at 4.")


def test_a_clearly_better_k_is_suggested_not_taken() -> None:
    kept = choose_k(curve(BENT, silhouettes(k4=0.6, k5=0.545)), in_service=5)
    assert (kept.k, kept.suggested) == (5, 4)
    assert kept.reason == (
        "k = 5 was kept from the version in service, but k = 4 is clearly better: its silhouette is 0.600 against "
        "0.545. Train with k = 4 to compare."
    )


def test_a_k_in_service_that_the_data_cannot_fill_is_chosen_anew() -> None:
    assert choose_k(curve(BENT[:4], [None, 0.3, 0.6, None]), in_service=5).k == 3


@pytest.mark.parametrize(("points", "requested", "needed", "held"), [(3, 4, 4, 3), (1, None, 2, 1), (1, 2, 2, 1)])
def test_too_few_distinct_customers_are_refused(points: int, requested: int | None, needed: int, held: int) -> None:
    with pytest.raises(BadTrainingData) as caught:
        choose_k(curve(BENT[:points], silhouettes(k4=0.6)[:points]), requested)
    assert caught.value.sentence == (
        f"Too few customers for {needed} segments: counting those alike in every cluster feature once, the data hold "
        f"{held}. Add data or choose a smaller k."
    )
