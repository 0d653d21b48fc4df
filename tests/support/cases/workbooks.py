"""Workbooks as different programs write them, made for the tests."""

from __future__ import annotations

import base64
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape, quoteattr

import xlsxwriter

Value = str | float | bool | date | None

_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS: Final = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

# Written by xlwt 1.3: a sheet "Data" with a title in row 1, its header in row 3, three customers, one of them hidden,
# and a row with a boolean age and the income #N/A; the age's column is hidden, the shares are percentages. And a hidden
# sheet "Hidden".
_XLS: Final = (
    "c-rk)O-NKx6#nj;_r@6=ov}2~Kt#&Y6buX6=v0)pNvuUh1U33zHJLN=lE9!c%|(lTs8!KMu%M0ArXMOO+C&6KErKA>TC`|Y6tqyMbI!bHqfM"
    "Y-Lh`=hop;Z<=bm%#x##}Odp%M(I(WBq3^ULOA0|^l_%mdRo}kM_K=r8<7u|P&o|K3G3c&zPq~E}!{8u?Vhdke7&~Qh8Milr+&pvdaC7H0w7"
    "Z97J4>84kXiz%ko`&o66re=<wM1yU(4|6ei|%8g8%1(nXanhvs=XMAwp4F$@_3I{A$0{r74A!$_aa$~V!YryK7C20bq#E?<FTWQrJ_s^VF)z"
    "W%~ry)nGfRza)BN~ZD(h#X^x_Z@?Z!*QsuyRcfmg`_v8yJS0MS%>GGVv$OANq+2ld`&6Ho!bf6ch1B$bM03r10T%%)4tUES9tKxVLXN(`);-"
    "+aO#<2@|RG*jLA9h+@NxPdCOWgDUu|pQg;)(WTr)2=g+LJa5jwIs=%Vfdfm~D|>U0uD<bwbw@wQM_=PZZgKBGY!Dd|8(vq9(#pE|k?7p>dAi"
    "`ub*jTWfT`NP6Ye;od5&<Z&T|Gu$F{lG?NMa$Z<YE@%a!DNe*owOCjqv`@S&mvX7lB3d!@u52xK3Qhf@b5?3A$#1>jZFE&ec{P;>zU+8VHt;"
    "E0Mdjh<u@gnZ@1ldKpqVhGM+*I@Q8nt?RmQ`p`&Q1b_CaXLA3Iz?i#TIVIR|nW6TEZ@g+f_FlhIAr&_siykmlTYra6r`-xTK~PM_j*;*2TIA"
    "kOdj@n!Mj6F(f`Cs;uo`?(;pZ$e8I@7(vEYc!&ZBr(L2o?)rnv80QBz_Fx@rGp~tsAAff)sm5=PlmJ#I+hHvbW>!X&oOO6HcNh457RCAr4`5"
    "9&;rCMiD|mbF|1anG}ht>zT`WUMs_*ObRPZ2eC9l6<h+~XYKks~9OtN}bKLJn71^Td!Gi}69z1xM9r%vG=dMrgJ8*7L>02^?*O{Pa()&!ZXt"
    "5JX`gPMk#H~os+eXiv@@E+g<=RrSY~y|}Wb7vIHagHI{pgr;{?ctyWsYao4I}fngy!mhaxVS+$Nql-O}#Gi"
)
# Written by xlwt 1.3 as well: a sheet "Data" with the rows of `XLS_ROWS`.
_XLS_WITH_A_TEXT: Final = (
    "c-rk)O=uHA6#iy6+x(EGNlgo_P(s0~wTM-rUh1axrzcDGqDVnglS64q$~G4jv|4i%1W$^WKrddZUi?7?y?GESiU@*`=+Tp);Gxa>-pj6}nnMFx{M"
    "j$eo7p$>&AiNeGqbZVmSUyioz60Tz+UL6*g-Va=oF=(`w#`y+cp>7JV43z@K+%iAV)SCc-Z{h&pu>-m!aXd?<q;(J*9EXU^JJ_B-RnbVna%?4TB^"
    "VZjdH|4za3L<SCIGMBb8?k3=R#b6MmdwJoXRSTaX@_c&2}OzW1q2)N&S!g(v2ezf5kNAdY9s@m4TkTsc_{xd7Od|@nr{5F!wW~|h732}1Z0>0P@;"
    "Iq3@pCml}`sx)(|8=$AUq^pc^8s_PPfCCn5XNhrYkb(B%BPmGlYJ|Rf^#x$0JAfhY@XI=&Pr#jS&D`sO2d@)QDy)39lHlYyh+QVj;>nN%@XWkl4-"
    "O^IVK?=rEPop=BJm3CdSMYqM4J8yt>_QVhds80yBslLDfD6o7yXkZ6Ys9uN$S@DKbuhN_o#%n^QPAFKsSKZ4ZsJOYq9vTvOgc<-*6q_qz%o%&k;j"
    "94ViPFTOF0=%(W*O?>{%qfhmz>(>|$OgC4~*6>bb$4}ctK#MxI+s>KRf)#|M7!z52;@MH(pEPH#n62utm9Tj}9@F?r*k=b=7ZEn|v^qRZcs!fB7I"
    "A#SNS2Dpa~jw4$RTHBy-p9h^k6ua>e2&yo7uXs+xalpT5(sCo@<Wt5IlJB;K73j4<0=HcTm;Kg}g}ei>TpT7yQn5ofS$I?=#6iizCR<FHaZK1ISW"
    "t;dDds(+)$qeW^8a-0y{qqcpmODNKkRQw_&2UH4S&|5-CJ`s<cZqvKZ^vGX^N{|!H%&D;"
)
XLS_ROWS: Final[tuple[tuple[Value, ...], ...]] = (
    ("id", "spent", "orders"),
    ("A", 35.5, 3.0),
    ("B", 2288.125, 2.0),
    ("C", "1.047", 5.0),
)


def write_xls(path: Path) -> Path:
    """Write the old workbook with every kind of cell."""
    path.write_bytes(zlib.decompress(base64.b85decode(_XLS)))
    return path


def write_xls_with(path: Path, text: str) -> Path:
    """Write the old workbook of `XLS_ROWS`, with another text of five characters for its "1.047"."""
    data = zlib.decompress(base64.b85decode(_XLS_WITH_A_TEXT))
    path.write_bytes(data.replace(b"1.047", text.encode()))
    return path


def write_xlsx(
    path: Path, sheets: Mapping[str, Sequence[Sequence[Value]]], *, formats: Mapping[int, str] | None = None
) -> Path:
    """Write a workbook with xlsxwriter: texts as texts, numbers as numbers, whole columns in the given formats."""
    with xlsxwriter.Workbook(str(path)) as book:
        dates = book.add_format({"num_format": "dd.mm.yyyy"})
        styles = {column: book.add_format({"num_format": code}) for column, code in (formats or {}).items()}
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for i, row in enumerate(rows):
                for j, value in enumerate(row):
                    if isinstance(value, bool):
                        sheet.write_boolean(i, j, value)
                    elif isinstance(value, str):
                        sheet.write_string(i, j, value)
                    elif isinstance(value, date):
                        sheet.write_datetime(i, j, value, dates)
                    elif value is not None:
                        sheet.write_number(i, j, value, styles.get(j))
    return path


def write_xlsm(path: Path, sheets: Mapping[str, Sequence[Sequence[Value]]]) -> Path:
    """Write a workbook as `write_xlsx` does, with a part for macros."""
    with zipfile.ZipFile(write_xlsx(path, sheets), "a") as package:
        package.writestr("xl/vbaProject.bin", b"x")
    return path


def write_raw_xlsx(
    path: Path,
    sheet: str,
    *,
    texts: Sequence[str] = (),
    styles: str = "",
    workbook: str = "",
    extra: Mapping[str, bytes] | None = None,
) -> Path:
    """Write a workbook of the parts it cannot do without; `sheet` is the XML of its one sheet, "Data"."""
    relations = f'<Relationships xmlns="{_RELATIONS}">'
    for i, (kind, target) in enumerate(
        [("worksheet", "worksheets/sheet1.xml"), ("sharedStrings", "/xl/sharedStrings.xml"), ("styles", "styles.xml")]
    ):
        relations += f'<Relationship Id="rId{i}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
    shared = "".join(f"<si><t>{escape(text)}</t></si>" for text in texts)
    parts = {
        "_rels/.rels": f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="a" Type="{_OFFICE}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": workbook
        or f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        '<sheet name="Data" sheetId="1" r:id="rId0"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f"{relations}</Relationships>",
        "xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}">{shared}</sst>',
        "xl/styles.xml": styles or f'<styleSheet xmlns="{_MAIN}"/>',
        "xl/worksheets/sheet1.xml": sheet,
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in parts.items():
            package.writestr(name, text)
        for name, data in (extra or {}).items():
            package.writestr(name, data)
    return path


def sheet_xml(rows: str, *, before: str = "", after: str = "") -> str:
    """Return a worksheet's XML around its rows."""
    return f'<worksheet xmlns="{_MAIN}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'


def write_ods(path: Path, sheets: Mapping[str, Sequence[Sequence[Value]]]) -> Path:
    """Write an OpenDocument spreadsheet as LibreOffice does, the empty million of rows at its end included."""
    return write_raw_ods(path, "".join(_ods_table(name, rows) for name, rows in sheets.items()))


def write_raw_ods(path: Path, tables: str, *, styles: str = "", manifest: str = "<manifest/>") -> Path:
    """Write an OpenDocument spreadsheet around the XML of its tables."""
    prefixes = " ".join(
        f'xmlns:{prefix}="urn:{prefix}"' for prefix in ("office", "table", "text", "style", "calcext", "dc")
    )
    content = (
        f"<office:document-content {prefixes}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr("META-INF/manifest.xml", manifest)
        package.writestr("content.xml", content)
    return path


def _ods_table(name: str, rows: Sequence[Sequence[Value]]) -> str:
    lines = "".join(f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in rows)
    tail = (
        '<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="1024"/>'
        "</table:table-row>"
    )
    return f"<table:table table:name={quoteattr(name)}>{lines}{tail}</table:table>"


def _ods_cell(value: Value) -> str:
    if value is None:
        return "<table:table-cell/>"
    if isinstance(value, bool):
        return f'<table:table-cell office:value-type="boolean" office:boolean-value="{str(value).lower()}"/>'
    if isinstance(value, str):
        text = escape(value).replace("  ", ' <text:s text:c="1"/>').replace("\n", "</text:p><text:p>")
        return f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
    if isinstance(value, date):
        return f'<table:table-cell office:value-type="date" office:date-value="{value.isoformat()}"/>'
    return f'<table:table-cell office:value-type="float" office:value="{value!r}"><text:p>…</text:p></table:table-cell>'
