"""`segbot schema`: the proposal as TOML and as JSON, and what it refuses."""

from __future__ import annotations

from pathlib import Path

from command_line import CommandLine, one_object, refused, said
from customer_files import trade_file

from segmentation.schema_data import load_schema


def test_the_printed_schema_loads(run: CommandLine, tmp_path: Path) -> None:
    file = trade_file("shop", tmp_path)
    stored = tmp_path / "shop.toml"
    stored.write_text(said(run("schema", str(file))), encoding="utf-8")
    assert load_schema(stored).names == (
        *("ort", "tage_seit_kauf", "bestellungen", "umsatz", "retourenquote", "newsletter"),
    )
    assert "# “E-Mail” (free text): it holds e-mail addresses" in stored.read_text(encoding="utf-8")


def test_json_has_schema_and_reasons(run: CommandLine, tmp_path: Path) -> None:
    data = one_object(run("schema", str(trade_file("telecom", tmp_path)), "--json"))
    assert (data["schema"]["name"], data["rows"], data["id"]) == ("telecom", 400, "customerID")
    uses = {column["name"]: (column["kind"], column["use"]) for column in data["columns"]}
    assert uses["MonthlyCharges"] == ("money", "cluster")
    assert uses["Churn"] == ("yes/no", "profile")


def test_a_doubtful_number_is_asked_about_and_the_answer_taken(run: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "file.tsv"
    file.write_text("spend\tplan\n" + "".join(f"{i + 1},{i + 100}\tp{i % 3}\n" for i in range(40)))
    assert "--thousands ," in refused(run("schema", str(file)))
    assert "maximum = 100000\n" in said(run("schema", str(file), "--thousands", ","))
    assert "maximum = 100\n" in said(run("schema", str(file), "--decimal", ","))


def test_a_file_without_numbers_is_refused(run: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "file.csv"
    file.write_text("plan\n" + "a\nb\n" * 20)
    assert "no column of numbers" in refused(run("schema", str(file)))
