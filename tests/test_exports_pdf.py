"""PDFs: text that can be selected, nothing cut, no clock and no path; and the report without any printer."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from unicodedata import normalize

import pytest
from corner_shop import corner_study, environment, one_notebook, workplace
from market_study import market_edition
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import Link
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject

from linkage.errors import ReportError
from linkage.exports import making, pdf
from linkage.exports.making import FAILED, LEFT_OUT, MADE, Export, write_exports
from linkage.exports.pdf import browser_command, find_printer, write_pdfs
from linkage.exports.pdf_settling import settle_pdf
from linkage.report import make_report
from linkage.report.making import made_of
from linkage.report.site import Site

DAY = date(2026, 9, 30)
A4 = (595, 842)


@pytest.fixture(scope="module")
def report():
    """The small report with every format: its folder, and what it was made from."""
    editions = []

    def noting(edition, folder, **other):
        editions.append(edition)
        return write_exports(edition, folder, **other)

    with pytest.MonkeyPatch.context() as patch, environment(workplace()):
        patch.setattr("linkage.report.making.write_exports", noting)
        made = make_report(
            corner_study(),
            out=workplace() / "exported",
            notebooks=one_notebook(),
            period="2026Q3",
            formats="html,xlsx,pptx,pdf",
        )
    assert made.failed == ()
    return SimpleNamespace(folder=made.folder, edition=editions[0])


@pytest.fixture(scope="module")
def printed(report):
    if find_printer() is None:
        pytest.skip("no browser and no weasyprint is here: nothing prints pages")
    return report.folder


def manifest(folder: Path) -> dict:
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


@cache
def sheets_of(path: Path) -> tuple[list[str], list[list[float]]]:
    """The text of each sheet of a printed file, and how far from the left its pieces stand: read once."""
    texts, places = [], []
    for page in PdfReader(path).pages:
        here: list[float] = []

        def see(text, matrix, font_matrix, font, size, here=here):
            if text.strip():
                here.append(matrix[0] * font_matrix[4] + matrix[4])

        texts.append(page.extract_text(visitor_text=see))
        places.append(here)
    return texts, places


def text_of(path: Path) -> str:
    return " ".join("\n".join(sheets_of(path)[0]).split())


def test_a_report_says_in_its_manifest_what_was_exported(report):
    content = manifest(report.folder)
    exports = {row["format"]: row for row in content["exports"]}
    assert list(exports) == ["xlsx", "pptx", "pdf"]
    assert exports["xlsx"]["files"] == ["linkage-2026Q3.xlsx"]
    assert exports["pptx"]["status"] == MADE
    for row in exports.values():
        assert (row["status"] == MADE) == bool(row["files"]) and set(row["files"]) <= set(content["files"])


def test_exports_made_again_elsewhere_have_the_same_bytes(report, tmp_path):
    again = tmp_path / "again"
    shutil.copytree(report.folder, again, ignore=shutil.ignore_patterns("linkage-*"))
    made = write_exports(report.edition, again, reports=tmp_path)
    names = [name for export in made for name in export.files]
    assert len(names) == len(list(report.folder.glob("linkage-*"))) >= 2
    assert [n for n in names if (again / n).read_bytes() != (report.folder / n).read_bytes()] == []


def test_the_front_page_can_be_read_and_selected(printed):
    text = normalize("NFKC", text_of(printed / "linkage-2026Q3-answers.pdf"))
    assert "Of 2 declared questions, 1 shows a link" in text
    assert "Do customers mind to hold?" in text and "Q10." in text
    assert len(PdfReader(printed / "linkage-2026Q3-answers.pdf").pages) <= 2
    whole = normalize("NFKC", text_of(printed / "linkage-2026Q3.pdf"))
    assert "Do longer contacts <i>leave</i> customers less satisfied?" in whole


def test_the_whole_holds_every_page_with_contents_and_jumps(printed):
    whole = PdfReader(printed / "linkage-2026Q3.pdf")
    assert [entry["/Title"] for entry in whole.outline][:3] == ["Two pages", "Contents", "Links"]
    assert len(whole.outline) == len(list(printed.glob("*.html"))) + 1
    assert len(whole.pages) > len(PdfReader(printed / "linkage-2026Q3-answers.pdf").pages)
    notes = [n.get_object() for page in whole.pages for n in page.get("/Annots", ())]
    assert any("/Dest" in note for note in notes)


def test_the_contents_name_the_sheet_of_each_part_and_each_sheet_its_number(printed):
    whole = PdfReader(printed / "linkage-2026Q3.pdf")
    starts = [whole.get_destination_page_number(entry) + 1 for entry in whole.outline]
    texts, _ = sheets_of(printed / "linkage-2026Q3.pdf")
    contents = normalize("NFKC", texts[starts[1] - 1])
    for entry, start in zip(whole.outline, starts, strict=True):
        if entry.title != "Contents":
            assert re.search(rf"{entry.title}\b[^\n]*(\n[^\n]*)? {start}$", contents, re.MULTILINE), (
                entry.title
            )
    count = len(whole.pages)
    numbers = [text.splitlines()[0] for text in texts]
    assert numbers == [f"{number} / {count}" for number in range(1, count + 1)]


def test_the_whole_starts_with_the_two_pages_and_has_no_sheet_of_a_few_words(printed):
    whole = PdfReader(printed / "linkage-2026Q3.pdf")
    front = PdfReader(printed / "linkage-2026Q3-answers.pdf")
    assert whole.get_destination_page_number(whole.outline[1]) == len(front.pages)
    assert min(len(text.split()) for text in sheets_of(printed / "linkage-2026Q3.pdf")[0]) > 20


def test_nothing_of_this_computer_or_its_clock_is_in_a_pdf(printed):
    for path in printed.glob("*.pdf"):
        reader = PdfReader(path)
        assert reader.metadata.creation_date.date() == DAY and reader.metadata.producer == "linkage"
        writer = PdfWriter(clone_from=reader)
        plain = b"".join(str(o).encode() for o in writer._objects if o is not None)
        assert b"file://" not in plain and str(workplace()).encode() not in plain


def test_no_text_lies_outside_of_the_paper(printed):
    path = printed / "linkage-2026Q3.pdf"
    for page, places in zip(PdfReader(path).pages, sheets_of(path)[1], strict=True):
        wide, high = (round(float(v)) for v in page.mediabox[2:])
        assert tuple(sorted((wide, high))) == A4  # wide tables lie on their side
        assert places and min(places) > 0 and max(places) < wide


def test_without_a_printer_the_other_formats_stand_and_the_reason_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(pdf.shutil, "which", lambda name: None)
    monkeypatch.setattr(pdf, "find_spec", lambda name: None)
    said: list[str] = []
    edition = replace(market_edition(), formats=("html", "pdf", "pptx"))
    exports = write_exports(edition, tmp_path, reports=tmp_path, say=said.append)
    assert [(e.format, e.status, e.reason) for e in exports] == [
        ("pdf", LEFT_OUT, pdf.NO_PRINTER),
        ("pptx", MADE, ""),
    ]
    assert [p.name for p in tmp_path.iterdir()] == ["linkage-2026Q3.pptx"]
    assert said[0].startswith("pdf: ") and "weasyprint" in said[0]
    made = made_of(tmp_path, edition, exports)
    assert made.failed == () and made.skipped == {"pdf": pdf.NO_PRINTER}


def test_a_format_that_breaks_fails_alone(tmp_path, monkeypatch):
    def broken(edition, folder, reports):
        raise ZeroDivisionError("no such luck")

    def good(edition, folder, reports):
        return [folder / "x.pptx"], ""

    monkeypatch.setattr(making, "_workbook", broken)
    monkeypatch.setattr(making, "_slides", good)
    edition = replace(market_edition(), formats=("html", "xlsx", "pptx"))
    one, two = write_exports(edition, tmp_path, reports=tmp_path)
    assert (one.format, one.status, one.reason) == ("xlsx", FAILED, "ZeroDivisionError: no such luck")
    assert two == Export("pptx", MADE, "", ("x.pptx",), two.seconds)
    assert made_of(tmp_path, edition, (one, two)).failed == ("xlsx",)


def stub_of_the_site(folder: Path) -> None:
    for page in Site(market_edition()).pages:
        text = f'<main id="main" class="page"><h1>{page.title}</h1></main>'
        (folder / page.file).write_text(text, encoding="utf-8")


def weasyprint_that_marks(places: Callable[[str], list[str]]) -> SimpleNamespace:
    """A printer of blank sheets: one for each mark that the document has."""

    class HTML:
        def __init__(self, filename):
            self.marks = places(Path(filename).read_text(encoding="utf-8"))

        def write_pdf(self, target):
            writer = PdfWriter()
            writer.add_blank_page(*A4)
            for place in self.marks:
                writer.add_blank_page(*A4)
                writer.add_named_destination(place, len(writer.pages) - 1)
            writer.write(target)

    return SimpleNamespace(HTML=HTML)


def weasyprint_alone(monkeypatch, places) -> None:
    monkeypatch.setattr(pdf.shutil, "which", lambda name: None)
    monkeypatch.setattr(pdf, "find_spec", lambda name: object())
    monkeypatch.setitem(sys.modules, "weasyprint", weasyprint_that_marks(places))


def test_weasyprint_prints_where_no_browser_is(tmp_path, monkeypatch):
    weasyprint_alone(monkeypatch, lambda html: re.findall(r'<section class="part" id="(.*?)"', html))
    stub_of_the_site(tmp_path)
    files, reason = write_pdfs(market_edition(), tmp_path, on=DAY)
    assert [f.name for f in files] == ["linkage-2026Q3-answers.pdf", "linkage-2026Q3.pdf"] and reason == ""
    titles = [entry.title for entry in PdfReader(files[1]).outline]
    assert titles[:2] == ["Two pages", "Contents"] and len(titles) == len(Site(market_edition()).pages) + 1


@pytest.mark.parametrize(
    ("places", "said"),
    [
        (lambda html: ["p0"], "does not say where its part contents begins"),
        (
            lambda html: re.findall(r'id="(p\d+|contents)"', html)[:: 1 if ">000<" in html else -1],
            "moved as it was printed again",
        ),
    ],
)
def test_a_print_whose_contents_would_be_wrong_is_refused(tmp_path, monkeypatch, places, said):
    weasyprint_alone(monkeypatch, places)
    stub_of_the_site(tmp_path)
    with pytest.raises(ReportError, match=said):
        write_pdfs(market_edition(), tmp_path, on=DAY)


def test_a_browser_that_prints_nothing_is_told_of(tmp_path, monkeypatch):
    idle = shutil.which("true")
    if idle is None:
        pytest.skip("this system has no command that does nothing")
    monkeypatch.setattr(pdf.shutil, "which", lambda name: idle)
    with pytest.raises(ReportError, match=r"did not print index\.html"):
        write_pdfs(market_edition(), tmp_path, on=DAY)


def test_a_browser_starts_without_a_window_and_without_anybodys_profile(tmp_path):
    command = browser_command("chromium", tmp_path / "a b.html", tmp_path / "a.pdf", tmp_path / "profile")
    assert {"--headless", "--no-pdf-header-footer", f"--user-data-dir={tmp_path / 'profile'}"} <= set(command)
    assert command[-1].startswith("file://") and command[-1].endswith("a%20b.html")


@pytest.mark.parametrize(
    ("address", "kept"), [("file:///somewhere/findings.csv", False), ("https://example.org/", True)]
)
def test_links_to_files_of_this_computer_go(tmp_path, address, kept):
    writer = PdfWriter()
    writer.add_blank_page(*A4)
    writer.add_annotation(0, Link(rect=(0, 0, 9, 9), url=address))
    writer.write(tmp_path / "printed.pdf")
    made = settle_pdf(tmp_path / "printed.pdf", title="T", on=DAY)
    assert b"somewhere" not in made
    assert len(PdfReader(BytesIO(made)).pages[0].get("/Annots", ())) == kept


def tagged(path: Path, first: int) -> Path:
    """A page whose tags a browser numbered from `first`: a header, and a cell that points at it."""
    writer = PdfWriter()
    writer.add_blank_page(*A4)
    name = TextStringObject(f"node{first:08d}")
    head = writer._add_object(tag("TH", {"/ID": name}))
    about = DictionaryObject({NameObject("/Headers"): ArrayObject([name])})
    cell = writer._add_object(tag("TD", {"/A": ArrayObject([about])}))
    leaf = writer._add_object(DictionaryObject({NameObject("/Names"): ArrayObject([name, head])}))
    table = writer._add_object(tag("Table", {"/K": ArrayObject([head, cell])}))
    tree = writer._add_object(DictionaryObject({NameObject("/Kids"): ArrayObject([leaf])}))
    root = {NameObject("/K"): ArrayObject([table]), NameObject("/IDTree"): tree}
    writer.root_object[NameObject("/StructTreeRoot")] = writer._add_object(DictionaryObject(root))
    writer.write(path)
    return path


def tag(kind: str, more: dict) -> DictionaryObject:
    made = {"/Type": NameObject("/StructElem"), "/S": NameObject(f"/{kind}"), **more}
    return DictionaryObject({NameObject(key): value for key, value in made.items()})


def test_tags_are_numbered_by_their_place_however_the_browser_counted(tmp_path):
    made = [settle_pdf(tagged(tmp_path / f"{n}.pdf", n), title="T", on=DAY) for n in (7, 8)]
    assert made[0] == made[1]
    (tmp_path / "made.pdf").write_bytes(made[0])
    root = PdfReader(tmp_path / "made.pdf").trailer["/Root"]["/StructTreeRoot"]
    head, cell = (child.get_object() for child in root["/K"][0]["/K"])
    assert head["/ID"] == cell["/A"][0]["/Headers"][0] == root["/IDTree"]["/Names"][0] == "tag00000000"
    assert root["/IDTree"]["/Names"][1].get_object() == head
