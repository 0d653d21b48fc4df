"""The text of `/retrain`: what is understood, and what is refused with what to type."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.parsing.retrain_text import LONGEST, Misread, Order, Wish, read_retrain

UNDERSTOOD: dict[str, Order] = {
    "": Order(Wish.FORM),
    "  \n ": Order(Wish.FORM),
    "k=6": Order(Wish.FORM, k=6),
    "latest": Order(Wish.LATEST),
    "LATEST": Order(Wish.LATEST),
    "k=6 latest": Order(Wish.LATEST, k=6),
    "latest, K : 6": Order(Wish.LATEST, k=6),
    "latest; k = ６": Order(Wish.LATEST, k=6),
    "latest k=auto": Order(Wish.LATEST),
    "k=Automatic": Order(Wish.FORM),
    "k=02": Order(Wish.FORM, k=2),
    "k=10": Order(Wish.FORM, k=10),
    "“latest” `k=3`": Order(Wish.LATEST, k=3),
    "latest latest": Order(Wish.LATEST),
    "table=customers": Order(Wish.TABLE, table="customers"),
    "Table : Customers, k=6": Order(Wish.TABLE, k=6, table="customers"),
    "status": Order(Wish.STATUS),
    "History": Order(Wish.HISTORY),
    "rollback": Order(Wish.ROLLBACK),
    "rollback 20261123-101500-0a1b2c3d": Order(Wish.ROLLBACK, version="20261123-101500-0a1b2c3d"),
    "V1.a_b-C ROLLBACK": Order(Wish.ROLLBACK, version="V1.a_b-C"),
    "help": Order(Wish.HELP),
    "?": Order(Wish.HELP),
    "lat\u200best": Order(Wish.LATEST),
}
MISREAD: dict[str, tuple[str, str]] = {
    "k=1": ("k must be a whole number from 2 to 15, or auto, not “1”", "help"),
    "k=16 latest": ("k must be a whole number from 2 to 15, or auto, not “16”", "latest"),
    "k=-3": ("not “-3”", "help"),
    "k=5.0": ("not “5.0”", "help"),
    "k=٣": ("not “٣”", "help"),
    "k=1e1": ("not “1e1”", "help"),
    "k=99999999999999999999": ("not “99999999999999999999”", "help"),
    "k= latest": ("k must be a whole number from 2 to 15, or auto, not “latest”", "help"),
    "latest k=": ("and it is empty here", "latest"),
    "k=3 k=4 latest": ("“k” is given twice", "k=4 latest"),
    "lastest": ("I don't know “lastest”; did you mean “latest”?", "help"),
    "now please": ("I don't know “now”", "help"),
    "latest customers.csv": ("I don't know “customers.csv”", "latest"),
    "latest status": ("“latest” and “status” don't go together", "status"),
    "table= ": ("table=… is empty", "help"),
    "table=customers latest": ("“latest” and table=… don't go together", "latest"),
    "status table=customers": ("table=… goes with a training, not with “status”", "status"),
    "table": ("I don't know “table”", "help"),
    "status k=5": ("k=… goes with a training, not with “status”", "status"),
    "history 5": ("I don't know “5”", "history"),
    "rollback v1 v2": ("I don't know “v2”", "rollback"),
    "colour=red": ("I don't know “colour”=…", "help"),
    "=5": ("I don't know “”=…", "help"),
    "<!channel>": ("I don't know “<!channel>”", "help"),
    "x" * 100: ("I don't know “" + "x" * 40 + "…”", "help"),
}


@pytest.mark.parametrize(("text", "order"), UNDERSTOOD.items(), ids=map(repr, UNDERSTOOD))
def test_understands(text: str, order: Order) -> None:
    assert read_retrain(text) == order


@pytest.mark.parametrize(("text", "fault", "instead"), [(k, *v) for k, v in MISREAD.items()], ids=map(repr, MISREAD))
def test_refuses_and_says_what_to_type(text: str, fault: str, instead: str) -> None:
    read = read_retrain(text)
    assert isinstance(read, Misread)
    assert any(fault in one for one in read.faults), read.faults
    assert read.instead == instead
    assert isinstance(read_retrain(read.instead), Order)  # what it says to type can be typed


def test_a_text_that_is_too_long_is_not_read() -> None:
    assert read_retrain("latest " * LONGEST) == Misread(("the text is longer than 2,000 characters",), "help")


def test_names_five_faults_at_most() -> None:
    read = read_retrain("a b c d e f g h")
    assert isinstance(read, Misread)
    assert len(read.faults) == 5


@given(st.text(max_size=LONGEST))
def test_any_text_is_understood_or_refused(text: str) -> None:
    read = read_retrain(text)
    if isinstance(read, Order):
        assert read.k is None or (2 <= read.k <= 10 and read.wish in (Wish.FORM, Wish.LATEST))
        assert read.version is None or read.wish is Wish.ROLLBACK
    else:
        assert read.faults
        assert isinstance(read_retrain(read.instead), Order)


def test_reading_takes_no_longer_than_the_text_is_long() -> None:
    started = process_time()
    for text in ("=" * LONGEST, "k=" * (LONGEST // 2), " \t" * (LONGEST // 2), "a b " * (LONGEST // 4)):
        read_retrain(text)
    assert process_time() - started < 1
