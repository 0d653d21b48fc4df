"""Small tables of names in the encodings of the world: read rightly, or not called read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from name_tables import name_table
from reference import SHARED

from segmentation.reading.encoding import Encoded, Limits, inspect
from segmentation.reading.encodings.detection import detect, sample_cells
from segmentation.reading.encodings.raw_bytes import to_bytes

ENCODINGS = (
    "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp932", "cp949", "gb18030", "gbk", "big5",
    "mac-roman", "iso8859-15", "iso8859-2", "koi8-r",
)  # fmt: skip
# Encodings that few programs write any more, and the one whose names can be written in them.
OLDER = (("cp850", "cp1252"), ("mac-cyrillic", "cp1251"), ("iso8859-5", "cp1251"), ("euc_jp", "cp932"))
CASES = SHARED / "cases" / "encodings"


def inspected(data: bytes, folder: Path) -> Encoded:
    source = folder / "customers.csv"
    source.write_bytes(data)
    return inspect(source, Limits())


def read(data: bytes, folder: Path) -> str | None:
    """What a file says; None if nobody can be sure."""
    encoded = inspected(data, folder)
    return None if encoded.unknown else b"".join(encoded.chunks()).decode()


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_reads_small_tables_of_names_rightly_or_says_it_is_unsure(encoding: str, tmp_path: Path) -> None:
    texts = [name_table(encoding, rows=1 + seed % 5, seed=seed) for seed in range(20)]
    readings = [read(text.encode(encoding), tmp_path) for text in texts]
    wrong = [text for text, reading in zip(texts, readings, strict=True) if reading not in {None, text}]
    assert not wrong
    assert sum(reading is None for reading in readings) <= 7


@pytest.mark.parametrize(("encoding", "names"), OLDER)
def test_reads_small_tables_in_older_encodings_mostly_rightly(encoding: str, names: str, tmp_path: Path) -> None:
    texts = [name_table(names, rows=1 + seed % 5, seed=seed) for seed in range(20)]
    readings = [read(text.encode(encoding), tmp_path) for text in texts]
    wrong = [text for text, reading in zip(texts, readings, strict=True) if reading not in {None, text}]
    # In EUC-JP, a city may read as a Chinese name beside katakana that reads alike.
    assert len(wrong) <= (encoding == "euc_jp")
    assert sum(reading is None for reading in readings) <= 3
    text = name_table(names, rows=40, seed=1)
    assert read(text.encode(encoding), tmp_path) == text


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_reads_forty_names_for_sure(encoding: str, tmp_path: Path) -> None:
    text = name_table(encoding, rows=40, seed=1)
    assert read(text.encode(encoding), tmp_path) == text


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("cp1250", ["Łukasz Wiśniewski", "Jiří Novák"]), ("cp1251", ["Иван Петров", "Мария"]),
        ("cp1254", ["İsmail Şahin", "Ayşe Yıldız"]), ("cp932", ["山田太郎", "佐藤"]),
        ("cp949", ["김철수", "이영희", "박민수"]), ("cp949head", ["고객번호", "김철수"]), ("gbk", ["张伟", "王芳"]),
        ("mac_roman", ["José Müller", "Zoë"]), ("turkish-header-cp1254", ["Yıllık gelir (k$)", "Kadın"]),
        ("turkish-capitals", ["CİNSİYET", "YILLIK GELİR (K$)"]),
    ],
)  # fmt: skip
def test_reads_the_files_people_have_sent(name: str, words: list[str], tmp_path: Path) -> None:
    source = CASES / f"{name}.csv"
    if not source.exists():
        pytest.skip("the cases are not beside the project")
    text = read(source.read_bytes(), tmp_path)
    assert text is not None
    assert [word for word in words if word not in text] == []


def test_two_readings_that_both_look_like_names_leave_it_open(tmp_path: Path) -> None:
    encoded = inspected("id,name\n1,Peña\n".encode("cp1252"), tmp_path)
    assert encoded.unknown
    assert set(encoded.rivals[:2]) == {"cp1252", "cp1250"}
    assert "may be Windows-125" in encoded.notes[0]


def test_two_readings_of_the_same_text_leave_nothing_open(tmp_path: Path) -> None:
    assert read("id,name\n1,Müller\n2,André\n".encode("cp1250"), tmp_path) == "id,name\n1,Müller\n2,André\n"


def test_of_encodings_that_read_a_text_alike_the_most_usual_is_named(tmp_path: Path) -> None:
    assert inspected("id,name\n1,Müller\n".encode("cp1250"), tmp_path).encoding == "cp1252"


def test_utf8_with_a_broken_character_is_not_taken_for_another_encoding(tmp_path: Path) -> None:
    encoded = inspected("id,name\n1,Müller\n2,José\n".encode() + b"3,Zo\xeb\n", tmp_path)
    assert encoded.unknown


def test_bytes_that_read_as_nothing_in_any_encoding_are_kept_as_they_are(tmp_path: Path) -> None:
    data = b"id,name\n1,\x80a\x82b\xa3c\xa4\n2,\xb1\xd7\xf7\xa4 \xff\n"
    encoded = inspected(data, tmp_path)
    assert encoded.unknown
    assert to_bytes(b"".join(encoded.chunks()).decode()) == data


@pytest.mark.parametrize(
    ("encoding", "names"),
    [
        ("cp850", ["Jürgen Größe", "Zoë Müller"]),
        ("cp437", ["José Müller", "Zoë"]),
        ("cp850", ["Björn Sänger", "Jörn Bäcker", "Uwe Jäger", "Hélène Noël", "Käthe Weiß", "Günther Kühn"]),
        ("cp866", ["Иван Петров", "Мария Сидорова"]),
        ("iso8859-5", ["Иван Петров", "Мария Сидорова", "Юлия Васильева"]),
        ("mac-cyrillic", ["Иван Петров", "Мария Сидорова"]),
        ("euc_jp", ["田中太郎", "鈴木花子", "さくらです"]),
    ],
)
def test_a_few_names_in_an_older_encoding_are_read_rightly(encoding: str, names: list[str], tmp_path: Path) -> None:
    text = "id,name\n" + "".join(f"{at},{name}\n" for at, name in enumerate(names))
    assert read(text.encode(encoding), tmp_path) == text


@pytest.mark.parametrize(
    ("encoding", "names"),
    [
        ("cp852", ["Łukasz Wiśniewski", "Jiří Novák", "Żółć"]),
        ("cp775", ["Jānis Bērziņš", "Šarūnas"]),
        ("cp737", ["Γιώργος Παπαδόπουλος", "Μαρία"]),
        ("cp862", ["דוד כהן", "שרה לוי"]),
        ("mac-greek", ["Γιώργος Παπαδόπουλος", "Μαρία"]),
        ("mac-latin2", ["Łukasz Wiśniewski", "Jiří Novák"]),
        ("mac-turkish", ["Ayşe Yıldız", "Gülşen Çelik"]),
        ("koi8-u", ["Тарас Шевченко", "Їжак Ґудзь"]),
    ],
)
def test_an_old_encoding_that_is_not_known_is_not_taken_for_another(
    encoding: str, names: list[str], tmp_path: Path
) -> None:
    data = b"id,name\n" + b"".join(b"%d,%b\n" % (at, name.encode(encoding)) for at, name in enumerate(names))
    encoded = inspected(data, tmp_path)
    assert encoded.unknown
    assert to_bytes(b"".join(encoded.chunks()).decode()) == data


def test_evidence_beyond_the_first_chunk_counts(tmp_path: Path) -> None:
    text = "id,name\n" + "1,Smith\n" * 200_000 + "2,Łukasz Wiśniewski\n3,Jiří Novák\n"
    assert read(text.encode("cp1250"), tmp_path) == text


def test_an_encoding_must_read_the_whole_file_and_not_the_sample_alone(tmp_path: Path) -> None:
    korean = "id,name\n" + "".join(f"{n},김철수{n}\n" for n in range(2_000))
    encoded = inspected(korean.encode("cp949") + b"3,\xff\xff\n", tmp_path)
    assert encoded.encoding != "cp949"


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_cells_are_sampled_wherever_the_file_is_cut(size: int) -> None:
    data = 'id;name\n1;"Größe"\n2;Größe\n3;plain\n4;Ende ü'.encode("cp1252")
    chunks = [data[at : at + size] for at in range(0, len(data), size)]
    assert [cell.decode("cp1252") for cell in sample_cells(chunks)] == ["Größe", "Ende ü"]


def test_no_more_than_a_sample_is_read() -> None:
    def chunks() -> Iterator[bytes]:
        for number in range(10_000):
            assert number < 100, "the sample was full long before"
            yield b"".join(b"%d,\xe4%d\n" % (n, n) for n in range(number * 500, number * 500 + 500))

    assert 1_000 < sum(map(len, sample_cells(chunks()))) < 100_000


def test_long_texts_count_only_if_there_is_nothing_else() -> None:
    comment = "ein sehr schöner Tag ".encode("cp1252") * 50
    assert sample_cells([comment + b",M\xfcller\n"]) == [b"M\xfcller"]
    assert sample_cells([comment + b",x\n"]) == [comment]


def test_an_encoding_that_cannot_read_the_file_is_passed_over() -> None:
    cells = ["Łukasz Wiśniewski".encode("cp1250"), "Jiří Novák".encode("cp1250")]
    assert detect(cells, lambda _: True).encoding == "cp1250"
    assert detect(cells, lambda encoding: encoding != "cp1250").encoding != "cp1250"
    assert detect(cells, lambda _: False).encoding is None


@pytest.mark.parametrize("text", ["© Müller", "20 € Café", "® Zoé"])
def test_a_sign_on_its_own_is_never_read_as_a_letter(text: str, tmp_path: Path) -> None:
    # Certain and right, or left open: never the letter that the byte is elsewhere.
    assert read(f"id,name\n1,{text}\n".encode("cp1252"), tmp_path) in (f"id,name\n1,{text}\n", None)
