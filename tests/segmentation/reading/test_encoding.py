"""What a file is told to be, from its bytes alone."""

from __future__ import annotations

import contextlib
import gzip
import io
import zipfile
from pathlib import Path

import pytest
from campaigns import campaign
from hypothesis import given, settings
from hypothesis import strategies as st
from scoring_cases import hand_made_model

from segmentation.errors import BadInput
from segmentation.reading.encoding import inspect, size_text
from segmentation.reading.table import DEFAULT_LIMITS, Limits, open_table
from segmentation.scoring.score import score_file

CSV = "id,age,income,score\n1,35,60,70\n"
MODEL = hand_made_model()


def refusal(data: bytes, folder: Path, limits: Limits = DEFAULT_LIMITS) -> str:
    source = folder / "customers.csv"
    source.write_bytes(data)
    with pytest.raises(BadInput) as refused:
        score_file(source, folder / "result.csv", MODEL, limits=limits)
    assert [path.name for path in folder.iterdir()] == ["customers.csv"], "a refusal leaves nothing behind"
    return refused.value.sentence


def zipped(*names: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name in names:
            archive.writestr(name, "<xml/>")
    return data.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b" \r\n\n\t\n", "is empty"),
        (b" " * 10_000, "is empty"),
        (zipped("[Content_Types].xml", "xl/worksheets/sheet1.xml"), "damaged Excel workbook"),
        (zipped("customers.md", "names.md"), "zip archive holds no table"),
        (gzip.compress(CSV.encode())[:-9], "gzip archive is damaged"),
        (b"BZh91AY&SY", "bzip2"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "picture (WebP)"),
        (b"\0\0\0\x18ftypheic", "picture (HEIC)"),
        (b"\0\0\0\x18ftypisom", "film"),
        (b"{\\rtf1\\ansi", "RTF"),
        (b"PAR1\x15\x04", "Parquet"),
        (b"%PDF-1.7\n%\xe2", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "damaged old Excel workbook"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (b"<!DOCTYPE html><html><head><title>Slack</title>", "lacks files:read or is not in the channel"),
        (b"\n\n  <html lang='en'>", "web page"),
        ("<html>".encode("utf-16"), "web page"),
        (b"<?xml version='1.0'?><rows/>", "XML"),
        (b"<html><body><TABLE><tr><td>id</td></tr></TABLE>", "web page (HTML) with a table"),
        (b"<?xml version='1.0'?><Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet'>", "of 2003 (XML)"),
        (b'[{"age": 35, "income": 60}]', "JSON"),
        (b'{"age": 35}', "JSON"),
        (b"{\n", "JSON"),
        (CSV.encode() + b"\0", "NUL"),
        (CSV.encode().replace(b"35", b"3\0"), "NUL"),
        (CSV.encode("utf-16-le"), "UTF-16 text without"),
        (CSV.encode("utf-16-be"), "UTF-16 text without"),
        (CSV.encode("utf-32"), "UTF-32"),
        (CSV.encode("utf-16") + b"\xff\xdb\n\0", "breaks off"),
        ((CSV + "2\0,1,1,1\n").encode("utf-16"), "NUL"),
        (b"\xef\xbb\xbf" + CSV.encode() + b"\xe4,1,2,3\n", "starts as UTF-8 but is not UTF-8 throughout"),
        (b"id,age,income,score\n", "header but no rows"),
        (b"id,age,income,score", "header but no rows"),
        (b"id,age,income,score\n\n\n", "header but no rows"),
        (CSV.encode() + b'2,"35,60,70\n3,35,60,70\n', "line 3 is never closed"),
        (CSV.encode() + b'2,"35,60,70\n"3",35,60,70\n', "line 3 is never closed"),
        (CSV.encode() + b'2,35,60,"70', "line 3 is never closed"),
        (b'id,"age,income,score\n1,2,3,4\n', "quote in the header"),
    ],
    # Archives hold the time they were made at, and a test's name must not.
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refuses_what_is_no_csv_and_says_what_it_seems_to_be(data: bytes, words: str, tmp_path: Path) -> None:
    assert words in refusal(data, tmp_path)


@pytest.mark.parametrize(
    ("data", "limits", "words"),
    [
        (CSV.encode(), Limits(file_bytes=10), "the limit is 10 bytes"),
        (b"age,income,score" + b",x" * 5 + b"\n", Limits(columns=5), "8 columns; the limit is 5"),
        (b"age,income,score," + b"x" * 90 + b"\n", Limits(header_bytes=64), "limit of 64 bytes"),
        (b"\n" * 90 + CSV.encode(), Limits(header_bytes=64), "limit of 64 bytes"),
        (b"age,income,score," + b"x" * 90, Limits(header_bytes=64), "limit of 64 bytes"),
        (CSV.encode() + b"x" * 40 + b",1,2,3\n", Limits(field_bytes=32), "line 3 is longer than the limit of 32 bytes"),
        (CSV.encode() + b'"' + b"x" * 40 + b'",1,2,3\n', Limits(field_bytes=32), "line 3 is longer"),
        (CSV.encode() + b'"' + b"x" * 200_000 + b'",1,2,3\n', Limits(), "line 3 is longer than the limit of 32 KB"),
        (CSV.encode() + b'"' + b"x\n" * 90_000 + b'",1,2,3\n', Limits(), "line 3 is never closed"),
        (CSV.encode() + b'"' + b"x\n" * 90 + b'",1,2,3\n', Limits(columns=4, field_bytes=32), "line 3 is longer"),
        (CSV.encode() + b"1," * 2_000_000 + b"\n", Limits(), "2000001 columns; the limit is 200"),
        (CSV.encode() + b"1," * 5_000_000, Limits(), "Line 3 is longer than the limit of 200 columns of 32 KB each"),
        (CSV.encode() + b"x" * 9_000_000, Limits(), "longer than"),
        (CSV.encode() + b'"\n' + b"x" * 9_000_000, Limits(), "longer than"),
        (CSV.encode() + b"1,2,3,4,5,6\n", Limits(columns=5), "Line 3 has 6 columns; the limit is 5"),
    ],
)
def test_refuses_what_goes_beyond_a_limit_and_names_the_limit(
    data: bytes, limits: Limits, words: str, tmp_path: Path
) -> None:
    assert words in refusal(data, tmp_path, limits)


def test_a_file_of_exactly_the_limits_is_taken(tmp_path: Path) -> None:
    source = tmp_path / "customers.csv"
    source.write_bytes(CSV.encode() + b"x" * 32 + b",1,2,3\n")
    limits = Limits(file_bytes=source.stat().st_size, columns=4, header_bytes=20, field_bytes=32)
    assert score_file(source, tmp_path / "result.csv", MODEL, limits=limits).rows == 2


@pytest.mark.parametrize(
    ("encoding", "told"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("utf-16", "utf-16-le"), ("cp1252", "cp1252")],
)
def test_tells_the_encoding(encoding: str, told: str, tmp_path: Path) -> None:
    source = tmp_path / "customers.csv"
    text = "id,größe\n1,€ 5\n" * 200_000
    source.write_bytes(text.encode(encoding))
    encoded = inspect(source, Limits())
    assert encoded.encoding == told
    assert b"".join(encoded.chunks()) == text.encode()


def test_a_character_cut_by_the_end_of_a_chunk_is_still_utf8(tmp_path: Path) -> None:
    source = tmp_path / "customers.csv"
    source.write_bytes(b"x" * ((1 << 20) - 1) + "é,id\n".encode())
    assert inspect(source, Limits()).encoding == "utf-8"


@settings(max_examples=campaign(40, 300), deadline=None)
@given(
    st.one_of(
        st.binary(max_size=400),
        st.text('age,income,score;"\r\n\t |-123é=\ufeff', max_size=200).map(lambda text: text.encode()),
        st.text('1,2;"\r\n\t .é', max_size=200).map(lambda text: f"age,income,score\n{text}".encode()),
        st.text('1,2"\r\n', max_size=200).map(lambda text: f"age,income,score\n{text}".encode("utf-16")),
    )
)
def test_no_bytes_raise_anything_but_a_refusal(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.getbasetemp()
    source = folder / "random.csv"
    source.write_bytes(data)
    with contextlib.suppress(BadInput):
        report = score_file(source, folder / "scored.csv", MODEL)
        assert report.rows == report.scored + report.rejected


def test_a_missing_file_is_the_operating_systems_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_table(tmp_path / "none.csv", MODEL.schema)


@pytest.mark.parametrize(
    ("size", "text"), [(10, "10 bytes"), (1 << 30, "1 GB"), (32 << 10, "32 KB"), (3 << 19, "1.5 MB")]
)
def test_writes_sizes_the_way_people_say_them(size: int, text: str) -> None:
    assert size_text(size) == text


@pytest.mark.parametrize(
    ("encoding", "name", "shown"),
    [
        ("cp1251", "Иванова", "Ивано"),
        ("mac_cyrillic", "Иванов", "Ивано"),
        ("euc_jp", "高橋健一", "高橋健一"),
        # DOS text in Turkish is not known, and reads as something else.
        ("cp857", "Barış Yıldız", "Barçü"),
        ("cp1252", "Müller", "Müller"),
        ("cp1252", "Straße", "traße"),
    ],
)
def test_a_guessed_encoding_is_shown_by_a_word(encoding: str, name: str, shown: str, tmp_path: Path) -> None:
    source = tmp_path / "a.csv"
    source.write_bytes(f"name,age,income,score\nAnn,1,2,3\n{name},35,60,70\n{name},20,30,40\n".encode(encoding))
    _, example = inspect(source, Limits()).notes
    assert example == f"If “{shown}” in it looks wrong, save the file as CSV UTF-8 and send it again."
    source.write_bytes(f"name\n{name}\n".encode("utf-16"))
    assert inspect(source, Limits()).notes == ("The text was read as UTF-16.",)
