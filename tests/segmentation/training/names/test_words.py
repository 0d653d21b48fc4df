"""Every feature has words for its two sides, short and its own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentation.schema import Feature, Role
from segmentation.schema_data import default_schema
from segmentation.training.names.words import LONGEST_NOUN, words_of


def feature(name: str, label: str = "") -> Feature:
    return Feature(name, label or name.replace("_", " ").capitalize(), "", 0, 10, Role.CLUSTER)


@pytest.mark.parametrize(
    ("name", "label", "low", "high"),
    [
        ("age", "Age", "younger", "older"),
        ("account_age", "Account age", "lower account age", "higher account age"),
        ("recency", "Recency", "more recent", "long absent"),
        ("d", "Days since the last visit", "more recent", "long absent"),
        ("tenure", "Tenure (months)", "newer", "longer-standing"),
        ("m", "Years with us", "newer", "longer-standing"),
        ("m", "Months as customer", "newer", "longer-standing"),
        ("days", "Days since registration", "newer", "longer-standing"),
        ("months_of_stock_in_store", "Months of stock in store", "lower months of stock", "higher months of stock"),
        ("basket_value", "Average basket", "smaller baskets", "bigger baskets"),
        ("monetary", "Monetary", "lower spending", "higher spending"),
        ("frequency", "Frequency", "less frequent", "more frequent"),
        ("orders", "Number of orders", "fewer orders", "more orders"),
        ("visits", "Visits per month", "fewer visits", "more visits"),
        ("income", "Annual income (k$)", "lower income", "higher income"),
        ("sales", "Total sales, net", "lower sales", "higher sales"),
        ("status", "Status", "lower status", "higher status"),
        ("access", "Access", "lower access", "higher access"),
        ("calls", "No. of calls", "fewer calls", "more calls"),
        ("total", "Total", "lower total", "higher total"),
        ("x", "Average", "lower average", "higher average"),
        ("clv", "CLV", "lower CLV", "higher CLV"),
        ("nps", "Satisfaction with the delivery of parcels", "lower nps", "higher nps"),
        ("satisfaction_with_delivery", "", "lower satisfaction", "higher satisfaction"),
        ("gelir", "Yıllık Gelir", "lower yıllık gelir", "higher yıllık gelir"),
        ("income", "(k$)", "lower income", "higher income"),
    ],
)
def test_words_are_short_and_compare(name: str, label: str, low: str, high: str) -> None:
    (words,) = words_of([feature(name, label)])
    assert (words.low, words.high) == (low, high)


def test_two_features_of_a_kind_go_by_their_own_nouns() -> None:
    wine, fish = words_of([feature("wine", "Spending on wine"), feature("fish", "Spending on fish")])
    assert (wine.high, fish.high) == ("higher spending on wine", "higher spending on fish")


def test_no_noun_takes_the_word_of_a_kind() -> None:
    one, other = words_of([feature("spent", "Spent"), feature("cart_a", "Spending (cart a)")])
    assert {one.high, other.high} == {"higher spending", "bigger baskets"}
    nouns = [w.noun for w in words_of([feature("a", "Basket"), feature("b", "Cart"), feature("c", "Spend")])]
    assert nouns == ["basket", "cart", "spending"]


def test_the_shipped_features_have_words() -> None:
    assert [words.low for words in words_of(default_schema().features)] == ["younger", "lower income", "lower spending"]


LABELS = st.text(max_size=30).filter(lambda text: any(map(str.isalnum, text)))


@given(st.lists(LABELS, min_size=1, max_size=20))
def test_any_labels_give_short_words_of_their_own(labels: list[str]) -> None:
    words = words_of([feature(f"f{i}", label) for i, label in enumerate(labels)])
    said = [text.casefold() for each in words for text in (each.low, each.high, each.lowest, each.highest)]
    assert len(set(said)) == len(said)
    assert all(len(each.noun) <= LONGEST_NOUN for each in words)
