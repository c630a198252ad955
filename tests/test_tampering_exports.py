"""Whatever is changed in a report's workbook, lists, slides or PDF is found, and its place is named."""

from __future__ import annotations

import shutil
import zipfile
from dataclasses import replace

import pytest
from corner_shop import corner_study, environment, one_notebook, workplace
from forged import answered_shop, failed, report_to_forge  # noqa: F401 (fixtures)

from linkage.exports.making import write_exports
from linkage.reviewing.exported import same_exports
from linkage.reviewing.pages import edition_of


@pytest.fixture(scope="session")
def exported(answered, tmp_path_factory):
    """The small report's workbook, list and slides, written once: their folder and what the manifest says of them."""
    from corner_shop import plain_report

    from linkage.reviewing.published import open_report
    from linkage.study import load_study

    folder = tmp_path_factory.mktemp("exported")
    with environment(workplace()):
        found = open_report(
            load_study(corner_study()), "2026Q3", plain_report().folder.parent.parent, one_notebook()
        )
        edition = replace(edition_of(found, answered[0]), formats=("html", "xlsx", "pptx"))
        made = write_exports(edition, folder, reports=folder.parent)
    return folder, [export.to_row() for export in made]


@pytest.fixture
def with_exports(report, exported):
    """The report with its exports, to be changed at will, and the edition they are held against."""
    folder, rows = exported
    shutil.copytree(folder, report.folder, dirs_exist_ok=True)
    report.manifest["exports"] = rows
    return report


def said_of(report, answered) -> list[str]:
    with environment(workplace()):
        return failed(same_exports(report, edition_of(report, answered[0])))


def book_of(report):
    from openpyxl import load_workbook

    path = report.folder / "linkage-2026Q3.xlsx"
    return path, load_workbook(path)


def test_nothing_is_named_where_nothing_was_changed(with_exports, answered):
    with environment(workplace()):
        lines = list(same_exports(with_exports, edition_of(with_exports, answered[0])))
    assert not failed(lines)
    said = [line.text for line in lines]
    assert "workbook: linkage-2026Q3.xlsx, charts and formats too" in said
    assert any(line.startswith("workbook: sheet Summary, ") for line in said)
    assert "slides: linkage-2026Q3.pptx, every part as the report's data give it" in said


@pytest.mark.parametrize(
    ("sheet", "header"), [("Findings", "estimate"), ("Summary", ""), ("KPIs", "estimate"), ("Dictionary", "")]
)
def test_a_changed_cell_of_any_sheet_is_named(with_exports, answered, sheet, header):
    path, book = book_of(with_exports)
    page = book[sheet]
    column = next(c.column for c in page[3] if c.value and header in (c.value, ""))
    cell = next(
        c for (c,) in page.iter_rows(min_row=4, min_col=column, max_col=column) if c.value is not None
    )
    was, cell.value = cell.value, 0.5
    book.save(path)
    said = said_of(with_exports, answered)
    assert any(
        line.startswith(f"workbook: sheet {sheet}, {cell.coordinate} (")
        and f"holds 0.5, the report's data give {was!r}" in line
        for line in said
    ), said


def test_a_note_written_beside_the_table_or_over_it_is_named(with_exports, answered):
    path, book = book_of(with_exports)
    book["Findings"]["A2"] = "All of it is proved."
    width = book["Ledger"].max_column
    book["Ledger"].cell(row=4, column=width + 3, value="audited")
    book.save(path)
    said = said_of(with_exports, answered)
    assert any(line.startswith("workbook: sheet Findings, A2 holds 'All of it is proved.'") for line in said)
    assert any(line.startswith("workbook: sheet Ledger, ") and "'audited'" in line for line in said)


def test_a_row_added_to_the_workbook_and_a_sheet_taken_out_or_put_in(with_exports, answered):
    path, book = book_of(with_exports)
    book["Findings"].append(["invented"])
    del book["Ledger"]
    book.create_sheet("Board").append(["9.9"])
    book.save(path)
    said = said_of(with_exports, answered)
    assert "workbook: sheet Findings has rows that are not in the report's data" in said
    assert "workbook: the sheet Ledger is gone" in said
    assert "workbook: the report makes no sheet Board" in said


def repacked(path, change) -> None:
    """A file that is an archive inside with one part changed, packed again."""
    with zipfile.ZipFile(path) as archive:
        parts = [(entry.filename, archive.read(entry)) for entry in archive.infolist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, content in parts:
            archive.writestr(name, change(name, content))


def test_packed_otherwise_is_no_difference(with_exports, answered):
    repacked(with_exports.folder / "linkage-2026Q3.xlsx", lambda name, content: content)
    assert not said_of(with_exports, answered)


def test_a_remark_that_no_part_of_the_file_holds_is_named(tmp_path):
    from linkage.reviewing.archives import differing_parts

    for name in ("one", "other"):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr("a.xml", "<a/>")
    assert differing_parts(tmp_path / "one", tmp_path / "other") == []
    with zipfile.ZipFile(tmp_path / "other", "a") as archive:
        archive.comment = b"audited"
    assert differing_parts(tmp_path / "one", tmp_path / "other") == ["remarks beside the parts"]


def test_a_format_that_hides_a_figure_is_named(with_exports, answered):
    """The cells are as they were, and one number format shows another figure."""
    path = with_exports.folder / "linkage-2026Q3.xlsx"
    repacked(path, lambda n, c: c.replace(b"0.0%", b"9.9%") if n == "xl/styles.xml" else c)
    (said,) = said_of(with_exports, answered)
    assert said == "workbook: not as the report's data give it: xl/styles.xml (formats)"


def test_a_workbook_that_is_none_or_gone(with_exports, answered):
    path = with_exports.folder / "linkage-2026Q3.xlsx"
    path.write_text("no workbook")
    assert said_of(with_exports, answered)[0].startswith("workbook linkage-2026Q3.xlsx cannot be opened")
    path.unlink()
    assert said_of(with_exports, answered) == ["workbook: linkage-2026Q3.xlsx is gone"]


# ------------------------------------------------------------------------------------------ lists


def lists_of(report, text: str) -> list[str]:
    """What is said of a list whose text is this, where the data give two rows."""
    from types import SimpleNamespace

    from linkage.exports.sheets import Sheet
    from linkage.reviewing.lists import same_lists

    sheet = Sheet("Targets", "", "", ("metric", "goal"), [("Hold", 1.5), ("Handle", 2.5)])
    (report.folder / "lists").mkdir(exist_ok=True)
    (report.folder / "lists" / "targets-2026Q3.csv").write_text(text, encoding="utf-8", newline="")
    return failed(same_lists(report, SimpleNamespace(lists={"targets": sheet})))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("metric,goal\nHold,1.5\nHandle,2.5\n", None),
        ("metric,goal\nHold,1.6\nHandle,2.5\n", "line 2, goal holds '1.6', the report's data give '1.5'"),
        (
            "metric,goal\nHandle,2.5\nHold,1.5\n",
            "line 2, metric holds 'Handle', the report's data give 'Hold'",
        ),
        ("metric,goal\nHold,1.5\n", "line 3 is gone"),
        ("metric,goal\nHold,1.5\nHandle,2.5\nTalk,9\n", "line 4 is not in the report's data"),
        (
            "metric,goal\r\nHold,1.5\r\nHandle,2.5\r\n",
            "the cells are the same, and the file is written otherwise",
        ),
    ],
)
def test_a_list_is_held_against_the_data_cell_by_cell(report, text, said):
    wanted = [] if said is None else [f"list lists/targets-2026Q3.csv: {said}"]
    assert lists_of(report, text) == wanted


def test_a_list_that_nothing_makes(report):
    (report.folder / "lists").mkdir()
    (report.folder / "lists" / "best-2026Q3.csv").write_text("customer\n")
    assert "list lists/best-2026Q3.csv: the data give no such list" in lists_of(report, "metric,goal\n")


# ------------------------------------------------------------------------------------------ slides


def deck_of(report):
    from pptx import Presentation

    path = report.folder / "linkage-2026Q3.pptx"
    return path, Presentation(str(path))


def test_a_changed_word_of_a_slide_and_of_its_notes(with_exports, answered):
    path, deck = deck_of(with_exports)
    title = deck.slides[1].shapes.title.text_frame
    title.paragraphs[0].runs[0].text = "Customers love to hold"
    notes = deck.slides[2].notes_slide.notes_text_frame
    first = notes.text.split("\n")[0]
    notes.text = notes.text.replace(first, f"{first} Proved.")
    deck.save(str(path))
    said = said_of(with_exports, answered)
    assert said[0].startswith("slides: slide 2, text says “Customers love to hold”, the report's data give “")
    assert said[1].startswith("slides: slide 3, notes says ") and "Proved." in said[1]


def test_a_changed_number_behind_a_chart(with_exports, answered):
    path, deck = deck_of(with_exports)
    place, chart = next(
        (n, shape.chart)
        for n, slide in enumerate(deck.slides, 1)
        for shape in slide.shapes
        if shape.has_chart
    )
    point = chart.plots[0].series[0]._element.find(".//{*}val//{*}v")
    was, point.text = point.text, "0.75"
    deck.save(str(path))
    (said,) = said_of(with_exports, answered)
    assert said.startswith(f"slides: slide {place}, chart, ")
    assert "says “0.75”" in said and f"give “{float(was)!r}”" in said


def test_a_slide_put_in_and_a_part_changed_out_of_sight(with_exports, answered):
    path, deck = deck_of(with_exports)
    deck.slides.add_slide(deck.slide_layouts[6])
    deck.save(str(path))
    said = said_of(with_exports, answered)
    assert said == [f"slides: slide {len(deck.slides)} is not in the report"]


def test_the_sheet_behind_a_chart_is_compared_too(with_exports, answered):
    """Whoever edits the chart sees the numbers of the sheet, not those of the picture."""
    path = with_exports.folder / "linkage-2026Q3.pptx"
    repacked(path, lambda n, c: c + b" " if n.endswith(".xlsx") else c)
    (said,) = said_of(with_exports, answered)
    assert said.startswith("slides: the words are the same, and these parts are not: ppt/embeddings/")


# ------------------------------------------------------------------------------------------ PDF


PAGE = """<html><head><title>Not printed</title></head><body>
<nav class="pages">Menu</nav><div class="code">print(1)</div><h1>Does it pay?</h1><p>It goes with <b>+0.10</b>
points (n = 239).</p><svg><text>Handle time</text><text>0.5</text></svg>
<table><thead><tr><th>Link</th><th>Estimate</th></tr></thead>
<tbody><tr><td>hold</td><td>0.10</td></tr><tr><td>handle</td><td>0.20</td></tr></tbody></table><ol><li>Look.</li></ol>
</body></html>"""
SHEETS = [
    (1, "Does it pay?\nIt goes with +0.10\npoints (n = 239).\n0.5 Handle time\nLink Estimate\nhold 0.10"),
    (2, "Link Estimate\nhandle 0.20\n1. Look."),
]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("", "", ""),
        ("+0.10", "+0.70", "sheet 1 says “It goes with +0.70”, the page goes on “Itgoeswith+0.10"),
        ("0.5 Handle", "0.9 Handle", "sheet 1 says “0.9 Handle time”, the page goes on “Link"),
        ("\nhold 0.10", "", "sheet 2 says “handle 0.20”, the page goes on “hold0.10"),
        ("handle 0.20\n", "", "sheet 2 says “1. Look.”, the page goes on “handle0.20"),
        ("\n1. Look.", "", "it leaves out “Look.” of the page"),
        ("\n0.5 Handle time", "", "it leaves out “Handletime” of the page"),
        ("1. Look.", "1. Look.\nProved.", "sheet 2 says “Proved.”, the page goes on “nothing more”"),
    ],
)
def test_printed_words_are_held_against_the_page_in_their_order(old, new, said):
    from linkage.reviewing.page_words import words_of
    from linkage.reviewing.printed import walk

    found = walk(
        [(number, text.replace(old, new) if old else text) for number, text in SHEETS], words_of(PAGE)
    )
    assert found.startswith(said) and bool(found) == bool(said)


SHEET = (594.96, 841.92)


def test_a_pdf_that_carries_something_along_or_is_none_is_named(report):
    from pypdf import PdfWriter

    from linkage.reviewing.printed import _compared

    writer = PdfWriter()
    writer.add_blank_page(*SHEET)
    writer.add_attachment("figures.csv", b"9.9")
    writer.write(report.folder / "linkage-2026Q3-answers.pdf")
    wanted = [("index.html", "Two pages")]
    line = _compared(report.folder, "linkage-2026Q3-answers.pdf", wanted, {})
    assert line.text.endswith("it holds /EmbeddedFiles, which no printed page has") and not line.passed
    (report.folder / "linkage-2026Q3.pdf").write_text("none")
    assert "it cannot be read" in _compared(report.folder, "linkage-2026Q3.pdf", wanted, {}).text


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("/Launch", "carries a link with an action (/A)"),
        ("/AA", "holds /AA"),
        ("/Note", "carries a note of kind /Text"),
    ],
)
def test_a_page_of_a_pdf_that_would_do_something_is_named(report, key, said):
    from pypdf import PdfWriter
    from pypdf.generic import ArrayObject, DictionaryObject, NameObject

    from linkage.reviewing.printed import _compared

    writer = PdfWriter()
    page = writer.add_blank_page(*SHEET)
    action = DictionaryObject({NameObject("/S"): NameObject("/Launch")})
    note = DictionaryObject({NameObject("/Subtype"): NameObject("/Text" if key == "/Note" else "/Link")})
    if key == "/AA":
        page[NameObject("/AA")] = action
    else:
        note |= {NameObject("/A"): action} if key == "/Launch" else {}
        page[NameObject("/Annots")] = ArrayObject([DictionaryObject(note)])
    writer.write(report.folder / "linkage-2026Q3-answers.pdf")
    line = _compared(report.folder, "linkage-2026Q3-answers.pdf", [("index.html", "Two pages")], {})
    assert not line.passed and line.text.endswith(f"page 1 {said}, which no printed page has")


@pytest.mark.parametrize(("paper", "said"), [(1, "on 1 sheet"), (2, "on 2 sheets")])
def test_a_printed_page_is_named_and_its_sheets_are_counted(tmp_path, paper, said):
    from pypdf import PdfWriter

    from linkage.reviewing.printed import _compared

    writer = PdfWriter()
    for _ in range(paper):
        writer.add_blank_page(*SHEET)
    writer.write(tmp_path / "answers.pdf")
    (tmp_path / "index.html").write_text("<html><body></body></html>", encoding="utf-8")
    line = _compared(tmp_path, "answers.pdf", [("index.html", "Front")], {"/Producer": "pypdf"})
    assert line.passed and line.text == f"PDF answers.pdf, the words of index.html in their order, {said}"


def forged(change, path) -> str:
    """What is said of an honest sheet after a change of it. change(writer, page) may give bytes to put behind it."""
    from pypdf import PdfReader, PdfWriter

    from linkage.reviewing.pdf_objects import more_than_printed

    writer = PdfWriter()
    page = writer.add_blank_page(*SHEET)
    writer.add_outline_item(title="Front", page_number=0)
    writer.metadata = {"/Title": "Corner, 2026Q3"}
    behind = change(writer, page)
    writer.write(path)
    content = path.read_bytes() + (behind if isinstance(behind, bytes) else b"")
    path.write_bytes(content)
    return more_than_printed(PdfReader(path), content, {"/Title": "Corner, 2026Q3"})


def things(given):
    """A thing of a PDF made of plain values: names begin with a stroke."""
    from pypdf.generic import ArrayObject, DictionaryObject, NameObject, NumberObject, TextStringObject

    if isinstance(given, dict):
        return DictionaryObject({NameObject(key): things(value) for key, value in given.items()})
    if isinstance(given, list):
        return ArrayObject(things(value) for value in given)
    if isinstance(given, str):
        return NameObject(given) if given.startswith("/") else TextStringObject(given)
    return NumberObject(given)


def put(**given):
    """Changes of the file's root: each name with the thing to stand there."""
    return lambda writer, page: writer.root_object.update(things({f"/{k}": v for k, v in given.items()}))


def in_contents(**given):
    """Changes of the first entry of the list of contents."""

    def change(writer, page):
        entry = writer.root_object["/Outlines"]["/First"].get_object()
        entry.update(things({f"/{key}": value for key, value in given.items()}))

    return change


def left_behind(given):
    """An object that the file lists and nothing leads to."""

    def change(writer, page):
        writer._add_object(things(given))

    return change


def drawn(commands: bytes):
    def change(writer, page):
        from pypdf.generic import NameObject, StreamObject

        stream = StreamObject()
        stream.set_data(commands)
        page[NameObject("/Contents")] = writer._add_object(stream)

    return change


SCRIPT = {"/S": "/JavaScript", "/JS": "app.alert(1)"}
ATTACHED = [{"/Type": "/Filespec", "/F": "x.csv", "/EF": {"/F": {"/Type": "/EmbeddedFile"}}}]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda writer, page: None, ""),
        (drawn(b"/Span<</ActualText (ffl) >> BDC EMC"), ""),
        (drawn(b"/Span<</ActualText (It pays 9.9) >> BDC EMC"), "“It pays 9.9” read out (/ActualText)"),
        (drawn(b"/Span<</ActualText <FEFF0039> >> BDC EMC"), "“9” read out (/ActualText)"),
        (put(StructTreeRoot={"/Type": "/StructTreeRoot", "/AF": ATTACHED}), "it holds /AF,"),
        (put(StructTreeRoot={"/K": {"/Type": "/StructElem", "/S": "/P", "/ActualText": "9"}}), "/ActualText"),
        (put(StructTreeRoot={"/K": ATTACHED}), "it holds /EF,"),
        (in_contents(AA=SCRIPT), "it holds /AA,"),
        (in_contents(A={"/S": "/JavaScript"}), "it holds an action /JavaScript,"),
        (in_contents(A={"/S": "/URI", "/URI": "https://example.org"}), "it holds /URI,"),
        (in_contents(A={"/S": "/Launch", "/F": "x"}), "it names another file (/F)"),
        (in_contents(A={"/S": "/GoTo", "/Next": {"/S": "/GoTo"}}), "followed by another (/Next)"),
        (in_contents(A={"/S": "/GoTo", "/Title": "x", "/Next": SCRIPT}), "a jump holds /Next,"),
        (
            lambda writer, page: writer.add_metadata({"/Title": "Proved"}),
            "its /Title says “Proved”, not “Cor",
        ),
        (lambda writer, page: writer.add_metadata({"/Subject": "Proved"}), "its /Subject says “Proved”"),
        (lambda writer, page: page.mediabox.__setitem__(3, things(300)), "page 1 is no sheet of A4"),
        (lambda writer, page: page.mediabox.__setitem__(0, things(300)), "page 1 is no sheet of A4"),
        (lambda writer, page: page.update(things({"/CropBox": [0, 0, 9, 9]})), "page 1 holds /CropBox,"),
        (lambda writer, page: page["/Parent"].update(things({"/Rotate": 90})), "page 1 holds /Rotate,"),
        (lambda writer, page: b"more", "it goes on after its end"),
        (left_behind({}), ""),
        (left_behind({"/Type": "/Pages", "/Count": 0, "/Kids": []}), ""),
        (left_behind({"/Type": "/Pages", "/Count": 1, "/Kids": ["9.9"]}), "that no page shows"),
        (left_behind({"/Kept": "back"}), "that no page shows"),
    ],
)
def test_what_no_printer_writes_is_found_wherever_it_stands(tmp_path, change, said):
    found = forged(change, tmp_path / "forged.pdf")
    assert said in found and bool(found) == bool(said)


def test_a_printed_report_is_proved_by_its_words(report, answered, tmp_path):
    from linkage.exports.pdf import find_printer

    if find_printer() is None:
        pytest.skip("no browser and no weasyprint is here: nothing prints pages")
    from linkage.exports.making import last_day
    from linkage.exports.pdf import write_pdfs
    from linkage.reviewing.printed import same_print

    with environment(workplace()):
        edition = edition_of(report, answered[0])
        write_pdfs(edition, report.folder, on=last_day(edition))
    assert not failed(same_print(report, edition))
    page = report.folder / "index.html"
    page.write_text(page.read_text(encoding="utf-8").replace("Of 2 ", "Of 3 "), encoding="utf-8")
    said = failed(same_print(report, edition))
    assert len(said) == 2 and all("says “Of 2" in line and "goes on “Of3" in line for line in said)
