"""Customer files at random: dialects, quoting and odd cells mixed as no writer would, and the same file every time."""

from __future__ import annotations

from random import Random
from typing import Final

NUMBERS: Final = [
    "45", "45.5", "0", "120", "19", "60.25", "007", "-5", "-0", "1e1", ".5", "5.", "", "x", " 35", "40 ", "1.938",
    "0.125", "1000", "999999999999999", "9999999999999999", "0.1234567890123456", "６０", "+5", "$60", "60,000", "1,5",
    "nan", "Total", "age", "60 000",
]  # fmt: skip
TEXTS: Final = [
    "Ann", "", "Bö", "=1+1", "+49 30", "-5", "-5,25", "@x", " =x", "\u200b=x", "＝1", "a,b", "a;b", "a|b", "a\tb",
    'say "hi"', "line\nbreak", "cr\r\nlf", "cr\rx", "-x", "'quoted", "\ufefftop", "\x1f", "\x01", "€uro", "Total",
    "Grand Total", "Summe", "Total Energies", "North", "合計", "小計", "Всего", "TOTAL (3)", "😀", "Total😀", "naïve",
    "a@b.de", "Germany Total", "İx", "ſum", "tot", "x\u00a0total", '5" pipe', '"', "12345678901234567890", "Ångström",
    "C00012", "C00013", "c1",
]  # fmt: skip
FEATURES: Final = ("age", "income", "score")


def fuzzed_file(seed: int) -> bytes:
    """Return a file of up to 150 customers, in any of the dialects and encodings that are read."""
    random = Random(seed)  # noqa: S311 - the same file every time
    delimiter, mark = random.choice(",;\t|"), random.choice(".,")
    end = random.choice(["\n", "\n", "\r\n", ""])
    odd, fractions = random.choice([0, 0.01, 0.05, 0.3]), random.random() < 0.7
    quoting = random.choice(["needed", "needed", "all", "some", "wild"])
    columns = ["id", *FEATURES, *random.sample(["name", "city", "größe", "x1", "x2"], random.randint(0, 3))]
    random.shuffle(columns)
    if random.random() < 0.1:
        columns.remove("age")

    def cell(column: str, row: int) -> str:
        if column in FEATURES:
            plain = f"{random.uniform(18, 90):.{random.choice([1, 2])}f}" if fractions else str(random.randint(18, 70))
            return (random.choice(NUMBERS) if random.random() < odd else plain).replace(".", mark)
        if column == "id":
            return random.choice(TEXTS) if random.random() < odd else random.choice([str(row), f"C{row:05d}"])
        usual = ["Ann", "Berlin", "x", "Köln", "Zoë Müller"]
        return random.choice(TEXTS if random.random() < odd + 0.02 else usual)

    def written(text: str) -> str:
        if quoting == "wild" and random.random() < 0.02:
            return random.choice([f'"{text}', f'{text}"'])
        needed = any(sign in text for sign in (delimiter, '"', "\n", "\r"))
        needed = needed and not (quoting == "wild" and random.random() < 0.2)
        wanted = quoting == "all" or (quoting == "some" and random.random() < 0.2)
        return '"' + text.replace('"', '""') + '"' if needed or wanted else text

    lines = [delimiter.join(map(written, columns))]
    for row in range(random.choice([5, 40, 40, 150])):
        cells = [written(cell(column, row)) for column in columns]
        if random.random() < odd / 3:
            cells = random.choice([cells[:-1], [*cells, "more"], [""] * len(cells), [""], ["Total", *cells[1:]]])
        lines.append(delimiter.join(cells))
    text = "".join(line + (end or random.choice(["\n", "\r\n"])) for line in lines)
    if random.random() < 0.3:
        text = text.rstrip("\r\n")
    if random.random() < 0.03:
        text = text.replace("\r\n", "\r").replace("\n", "\r")
    return text.encode(random.choice(["utf-8", "utf-8", "utf-8-sig", "utf-16"]))
