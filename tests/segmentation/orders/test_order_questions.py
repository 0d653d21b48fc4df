"""What a file of orders leaves open is asked, never guessed; and the answers are taken."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from order_files import OrderFile, customer_table, derived, of_seven

from segmentation.errors import BadInput
from segmentation.orders.answers import AmountsPer, DayOrder, OrderAnswers, OrdersPer, Repeats
from segmentation.orders.headings import Role
from segmentation.reading.questions import Question


def _asked(file: OrderFile, folder: Path, answers: OrderAnswers) -> Question:
    with pytest.raises(Question) as raised:
        derived(file, folder, answers)
    assert not (folder / "customers.csv").exists()
    return raised.value


def _empty(folder: Path) -> Path:
    (folder / "empty").mkdir()
    return folder / "empty"


def test_several_currencies_are_never_added(tmp_path: Path) -> None:
    rows = [["7", "1", "2024-01-01", "€10"], ["7", "2", "2024-01-02", "$5"], ["7", "3", "2024-01-02", "5"]]
    file = OrderFile(("customer id", "order id", "date", "amount"), rows)
    question = _asked(file, tmp_path, OrderAnswers())
    assert [choice.key for choice in question.choices] == ["currency=none", "currency=$", "currency=EUR"]
    data, notes = derived(file, tmp_path, OrderAnswers(currency="EUR"))
    assert customer_table(data).loc["7", "monetary"] == "10.00"
    assert "Only orders in EUR were read; left out: 1 in no currency, 1 in $." in notes
    data, _ = derived(file, tmp_path, OrderAnswers(currency="none"))
    assert customer_table(data).loc["7", "monetary"] == "5.00"
    with pytest.raises(BadInput, match=r"No order is in GBP. The currencies are: \$, EUR, none."):
        derived(file, tmp_path, OrderAnswers(currency="GBP"))


def test_lines_that_repeat_another_are_asked_about(tmp_path: Path) -> None:
    row = ["7", "1", "2024-01-01", "10"]
    file = OrderFile(("customer id", "order id", "date", "amount"), [row, row, ["7", "1", "2024-01-01", "4"]])
    question = _asked(file, tmp_path, OrderAnswers())
    assert question.asked.startswith("1 line repeats another line in every column, as in order “1”.")
    once, _ = derived(file, tmp_path, OrderAnswers(repeats=Repeats.DROP))
    each, _ = derived(file, tmp_path, OrderAnswers(repeats=Repeats.KEEP))
    assert [customer_table(data).loc["7", "monetary"] for data in (once, each)] == ["14.00", "24.00"]


@pytest.mark.parametrize(("per", "monetary"), [(AmountsPer.LINE, "20.00"), (AmountsPer.ORDER, "10.00")])
def test_an_amount_that_all_lines_of_an_order_have_is_asked_about(
    per: AmountsPer, monetary: str, tmp_path: Path
) -> None:
    rows = [["7", "1", "2024-01-01", "10", "a"], ["7", "1", "2024-01-01", "10", "b"]]
    file = OrderFile(("customer id", "order id", "date", "amount", "product"), rows)
    assert "--amounts-per line or --amounts-per order" in _asked(file, tmp_path, OrderAnswers()).sentence
    data, _ = derived(file, tmp_path, OrderAnswers(amounts_per=per))
    assert customer_table(data).loc["7", "monetary"] == monetary


def test_an_order_total_that_differs_within_an_order_is_asked_about(tmp_path: Path) -> None:
    rows = [["7", "1", "2024-01-01", "10"], ["7", "1", "2024-01-01", "12"]]
    file = OrderFile(("customer id", "order id", "date", "order total"), rows)
    assert [choice.key for choice in _asked(file, tmp_path, OrderAnswers()).choices] == [
        "amounts-per=line",
        "amounts-per=order",
    ]


@pytest.mark.parametrize(("per", "frequency"), [(OrdersPer.LINE, "4"), (OrdersPer.DAY, "2")])
def test_without_order_numbers_lines_of_one_day_are_asked_about(per: OrdersPer, frequency: str, tmp_path: Path) -> None:
    rows = [["7", "2024-01-01", "10"], ["7", "2024-01-01", "4"], ["7", "2024-01-02", "4"]]
    file = OrderFile(("customer id", "date", "amount"), rows)
    assert "No column holds order numbers, and 1 line is" in _asked(file, tmp_path, OrderAnswers()).asked
    data, _ = derived(
        replace(file, rows=[*rows, rows[0]]), tmp_path, OrderAnswers(orders_per=per, repeats=Repeats.KEEP)
    )
    assert of_seven(data, ["frequency", "monetary"]) == [frequency, "28.00"]


def test_everything_open_is_asked_at_once(tmp_path: Path) -> None:
    rows = [["7", "1", "3/4/2024", "2,288", "pending"], ["7", "2", "5/6/2024", "1,500", "paid"]]
    file = OrderFile(("customer id", "order id", "date", "amount", "status"), rows)
    question = _asked(file, tmp_path, OrderAnswers())
    assert len(question.sentence.splitlines()) == 3
    for option in ("--dates day-first", "--decimal ,", "--paid STATUS"):
        assert option in question.sentence


def test_a_status_may_be_said_to_count(tmp_path: Path) -> None:
    rows = [["7", "1", "2024-01-03", "10", "On hold"], ["7", "2", "2024-01-03", "4", "Lost"]]
    file = OrderFile(("customer id", "order id", "date", "amount", "status"), rows)
    said = OrderAnswers(paid=frozenset({"on hold"}), unpaid=frozenset({"lost"}))
    assert of_seven(derived(file, tmp_path, said)[0], ["frequency", "monetary"]) == ["1", "10.00"]
    assert [choice.key for choice in _asked(file, _empty(tmp_path), OrderAnswers()).choices] == [
        *("paid=Lost", "unpaid=Lost", "paid=On hold", "unpaid=On hold")
    ]


def test_answers_are_read_from_the_keys_of_the_choices() -> None:
    keys = [
        "dates=day-first",
        "currency=EUR",
        "amounts-per=order",
        "orders-per=day",
        "repeats=drop",
        "as-of=2024-02-01",
    ]
    keys += ["column.status=", "column.date=Paid at", "paid=On Hold", "unpaid=on hold", "paid=Ok", "sheet=May"]
    answers = OrderAnswers.parse(keys)
    assert (answers.days, answers.currency, answers.as_of) == (DayOrder.DAY_FIRST, "EUR", date(2024, 2, 1))
    assert (answers.amounts_per, answers.orders_per) == (AmountsPer.ORDER, OrdersPer.DAY)
    assert (answers.repeats, answers.file.sheet) == (Repeats.DROP, "May")
    assert answers.columns == {Role.STATUS: "", Role.DATE: "Paid at"}
    # The later answer about a status decides.
    assert (set(answers.paid), set(answers.unpaid)) == ({"ok"}, {"on hold"})
    for wrong in ("dates=sideways", "column.colour=Red", "as-of=soon", "whatever=1"):
        with pytest.raises(BadInput, match="doesn't belong to this file"):
            OrderAnswers.parse([wrong])


def test_every_question_that_is_open_comes_with_choices_of_its_own(tmp_path: Path) -> None:
    rows = [["7", "1", "3/4/2024", "10", "On hold"], ["7", "2", "3/5/2024", "2", "Weird"]]
    question = _asked(
        OrderFile(("customer id", "order id", "date", "amount", "status"), rows), tmp_path, OrderAnswers()
    )
    assert [[choice.key for choice in part.choices] for part in question.parts] == [
        ["dates=day-first", "dates=month-first"],
        ["paid=On hold", "unpaid=On hold"],
        ["paid=Weird", "unpaid=Weird"],
    ]
    assert [choice for part in question.parts for choice in part.choices] == [*question.choices]
    chosen = [part.choices[0].key for part in question.parts]
    data, _ = derived(
        OrderFile(("customer id", "order id", "date", "amount", "status"), rows), tmp_path, OrderAnswers.parse(chosen)
    )
    assert of_seven(data, ["frequency", "monetary", "last_order"]) == ["2", "12.00", "2024-05-03"]
