"""Does the PDF say what the pages say? Its words, in their order, against those of the pages it was printed from."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.report.site import Site
from linkage.reviewing.lines import Line, bad, good, told
from linkage.reviewing.page_words import PageWords, squeezed, words_of
from linkage.reviewing.pdf_objects import more_than_printed
from linkage.sentences import plural

if TYPE_CHECKING:
    from pypdf import PdfReader

    from linkage.report.edition import Edition
    from linkage.reviewing.published import PublishedReport

NUMBERED = re.compile(r"^\d+\.")
"""The number of an item in a list: made by the printer, and not in the page's text."""
AROUND = 60
TAILS = 3


def same_print(report: PublishedReport, edition: Edition) -> Iterator[Line]:
    """Both PDF files of a report: the words of each page of the site, none more, none less, none in another place.

    The whole is held against what its pages give on paper: their long tables cut, with contents in front.
    """
    from linkage.exports.making import last_day
    from linkage.exports.pdf import title_of
    from linkage.exports.pdf_settling import stated_of

    pages = [(page.file, page.title) for page in Site(edition).pages]
    stated = stated_of(title_of(edition), last_day(edition))
    yield _compared(report.folder, f"linkage-{report.period}-answers.pdf", pages[:1], stated)
    yield _compared(report.folder, f"linkage-{report.period}.pdf", pages, stated)
    yield told("PDF: drawings and layout are proved by their hash alone; the words in them are compared")


def _compared(folder: Path, name: str, wanted: Sequence[tuple[str, str]], stated: Mapping[str, str]) -> Line:
    from pypdf import PdfReader

    about = f"PDF {name}"
    if not (folder / name).is_file():
        return bad(f"{about} is gone", about=about)
    try:
        content = (folder / name).read_bytes()
        reader = PdfReader(BytesIO(content))
        compare = _page_differs if len(wanted) == 1 else _whole_differs
        said = more_than_printed(reader, content, stated) or compare(reader, folder, wanted)
    except Exception as error:  # a damaged file fails in as many ways as there are bytes
        said = f"it cannot be read: {type(error).__name__}: {error}"
    if said:
        return bad(f"{about}: {said}", about=about)
    paper = len(reader.pages)
    said = f"the words of {_named(wanted)} in their order, on {paper} {plural('sheet', paper)}"
    return good(f"{about}, {said}", about=about)


def _named(wanted: Sequence[tuple[str, str]]) -> str:
    """The site's pages that a file was printed from: one by its name, several by their number."""
    return wanted[0][0] if len(wanted) == 1 else f"{len(wanted)} pages"


def _page_differs(reader: PdfReader, folder: Path, wanted: Sequence[tuple[str, str]]) -> str:
    """Where a page printed alone parts from the page of the site; empty where it does not."""
    file = wanted[0][0]
    words = words_of((folder / file).read_text(encoding="utf-8"))
    said = walk([(number, page.extract_text()) for number, page in enumerate(reader.pages, 1)], words)
    return f"{said} (page {file})" if said else ""


def _whole_differs(reader: PdfReader, folder: Path, wanted: Sequence[tuple[str, str]]) -> str:
    """Where the whole report parts from what its pages give on paper, its list of contents first."""
    from linkage.exports.paper import paper_parts

    outline = [entry for entry in reader.outline if not isinstance(entry, list)]
    starts = [reader.get_destination_page_number(entry) for entry in outline]
    parts = paper_parts(folder, wanted, [start + 1 for start in starts]) if len(starts) > len(wanted) else []
    titles = [str(entry.title) for entry in outline]
    if titles != [part.title for part in parts] or starts != sorted(starts):
        return "its list of contents is not that of the report's pages"
    sheets = [(number, _unnumbered(reader, number)) for number in range(1, len(reader.pages) + 1)]
    for part, first, end in zip(parts, starts, [*starts[1:], len(sheets)], strict=True):
        said = walk(sheets[first:end], words_of(part.html))
        if said:
            return f"{said} ({part.title})"
    return ""


def _unnumbered(reader: PdfReader, number: int) -> str:
    """The text of a sheet, from 1, without the number that the printer puts below it."""
    lines = reader.pages[number - 1].extract_text().splitlines()
    mark = f"{number}/{len(reader.pages)}"
    place = next((p for p in (len(lines) - 1, 0) if lines and squeezed(lines[p]) == mark), None)
    return "\n".join(line for p, line in enumerate(lines) if p != place)


def walk(sheets: Sequence[tuple[int, str]], words: PageWords) -> str:
    """Where the lines of printed sheets part from a page's words; empty where they do not.

    sheets : the number and the text of each. A table's head may be repeated on each sheet, items of a list are numbered
    by the printer, and words of drawings may stand anywhere among the text.
    """
    place, used = 0, Counter()
    for number, text in sheets:
        drawn = Counter(words.drawn)  # a drawing that two sheets share says its words on both
        lines = [line for line in text.splitlines() if squeezed(line)]
        for line in lines[_repeated(lines, words, place) :]:
            said = squeezed(line)
            shorter = NUMBERED.sub("", said)
            if words.text.startswith(said, place):
                place += len(said)
            elif shorter and words.text.startswith(shorter, place):
                place += len(shorter)
            elif not _is_drawn(line, drawn):
                gives = words.text[place : place + AROUND] or "nothing more"
                return f"sheet {number} says “{line.strip()[:AROUND]}”, the page goes on “{gives}”"
        used += words.drawn - drawn
    left = words.text[place : place + AROUND] or next(iter(words.drawn - used), "")
    return f"it leaves out “{left}” of the page" if left else ""


def _repeated(lines: Sequence[str], words: PageWords, place: int) -> int:
    """How many lines at the top of a sheet only repeat the head of a table that goes on."""
    if not lines or words.text.startswith(squeezed(lines[0]), place):
        return 0
    text = ""
    for count, line in enumerate(lines, 1):
        text += squeezed(line)
        if text in words.heads:
            return count
    return 0


def _is_drawn(line: str, drawn: Counter) -> bool:
    """Whether a line is words of a drawing and nothing else; they are used up.

    Where a sheet ends within a drawing, the tails of its letters stand alone on the next.
    """
    tokens, used = [squeezed(token) for token in line.split()], Counter()
    start = 0
    while start < len(tokens):
        for end in range(len(tokens), start, -1):
            word = "".join(tokens[start:end])
            if drawn[word] > used[word]:
                used[word] += 1
                start = end
                break
        else:
            tail = len(tokens) == 1 and len(tokens[0]) <= TAILS and tokens[0].isalpha()
            return tail and any(tokens[0] in word for word in drawn)
    drawn.subtract(used)
    return True
