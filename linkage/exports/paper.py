"""The pages of the site as one document to take along: no code, no navigation, long tables cut, contents in front.

A pure matter of text: the same pages give the same document, and whoever reviews a PDF holds it against this.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from linkage.exports.paper_pictures import parted_pictures
from linkage.exports.paper_tables import FIRST_ROWS, short_tables
from linkage.report.shell import SITE
from linkage.report.tables import LONG_TABLE
from linkage.sentences import plural

CONTENTS = "Contents"
WHOLE = ("answers.html", "findings.html")
"""Pages of which every row goes on paper: all answers, and all estimates with their intervals."""
LEFT_OUT = (
    f"On paper a table of more than {LONG_TABLE} rows shows its first {FIRST_ROWS} and every row marked review, fail "
    "or unsafe, and says how many more there are and on which page of the report. Answers, and the tables of all "
    "answers and of all findings, are printed in full. The code and the groups behind a change are on the pages alone."
)
MAIN = re.compile(r'<main [^>]*class="([^"]*)"[^>]*>(.*?)</main>', re.DOTALL)
FOOT = re.compile(r"<footer>\s*(<p>.*?</p>)", re.DOTALL)
HEADING = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)
GONE = re.compile(r'<nav .*?</nav>|<form .*?</form>|<p class="evidence">.*?</p>', re.DOTALL)
FOLDED = re.compile(r"<details>\s*<summary>(.*?)</summary>(.*?)</details>", re.DOTALL)
TAG = re.compile(r"<[a-zA-Z][^>]*>")
MARK = re.compile(r'( (?:id|for)="|[ :]href="#|url\(#)')
NAMING = re.compile(r' (aria-labelledby|aria-describedby|headers)="([^"]*)"')
LINK = re.compile(r' href="([^"]*)"')


@dataclass(frozen=True)
class PaperPart:
    """One page of the site on paper. place : its mark in the document; html : what is printed of it."""

    title: str
    place: str
    html: str


def paper_parts(
    folder: Path, pages: Sequence[tuple[str, str]], starts: Sequence[int] = ()
) -> list[PaperPart]:
    """The document's parts in their order: the first page of the site, the contents, all other pages.

    pages : file and title of each. starts : the sheet on which each part begins, from 1; none before it is known.
    """
    files = {file: f"p{number}" for number, (file, _) in enumerate(pages)}
    found = [
        PaperPart(title, files[file], _part((folder / file).read_text(encoding="utf-8"), file, title, files))
        for file, title in pages
    ]
    shown = [found[0], PaperPart(CONTENTS, "contents", ""), *found[1:]]
    method = FOOT.search((folder / pages[0][0]).read_text(encoding="utf-8"))
    contents = _contents(shown, starts, method[1] if method else "")
    return [PaperPart(CONTENTS, part.place, contents) if not part.html else part for part in shown]


def paper(parts: Sequence[PaperPart], *, title: str) -> str:
    """The document a browser prints."""
    style = "".join((SITE / name).read_text(encoding="utf-8") for name in ("style.css", "paper.css"))
    body = "\n".join(f'<section class="part" id="{part.place}">{part.html}</section>' for part in parts)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
        'img-src data:">\n'
        f"<title>{escape(title)}</title>\n<style>{style}</style>\n</head>\n"
        f'<body class="paper">\n{body}\n</body>\n</html>\n'
    )


def _part(html: str, file: str, title: str, files: dict[str, str]) -> str:
    """What is printed of one page: its main part under its title; the two pages have a title of their own."""
    kind, inside = MAIN.search(html).groups()
    inside = GONE.sub("", inside)
    inside = parted_pictures(FOLDED.sub(lambda found: _unfolded(found, file), inside))
    if file not in WHOLE:
        inside = short_tables(inside, file)
    above = "" if files[file] == "p0" else f'<p class="kicker">{escape(title)}</p>'
    part = f'<div class="main {kind}">{above}{inside}</div>'
    return TAG.sub(lambda found: _settled(found[0], files[file], files), part)


def _unfolded(found: re.Match, file: str) -> str:
    """What a reader has to ask for is on paper its title and where to find it; an error is shown in full."""
    summary, inside = found.groups()
    if "<table" not in inside:
        return f"<p><b>{summary}</b></p>{inside}"
    rows = len(re.findall(r"<tr", inside.partition("<tbody>")[2]))
    name = escape(file)
    return (
        f'<p class="left-out">{summary}: {rows:,} {plural("row", rows)} on the page '
        f'<a href="{name}">{name}</a>.</p>'
    )


def _settled(tag: str, own: str, files: dict[str, str]) -> str:
    """A tag with marks of its own in the document: ids of two pages never meet, links lead within or nowhere."""
    tag = MARK.sub(rf"\g<1>{own}-", tag)
    tag = NAMING.sub(lambda n: f' {n[1]}="{" ".join(f"{own}-{name}" for name in n[2].split())}"', tag)
    tag = re.sub(r' (?:tabindex|role)="(?:0|-1|region)"', "", tag)
    return LINK.sub(lambda found: _within(found, files), tag) if tag.startswith("<a ") else tag


def _within(found: re.Match, files: dict[str, str]) -> str:
    if found[1].startswith("#"):
        return found[0]
    address = urlsplit(found[1])
    place = files.get(PurePosixPath(unquote(address.path)).name) if not address.scheme else None
    if place is None:
        return ""
    return f' href="#{place}-{address.fragment}"' if address.fragment else f' href="#{place}"'


def _contents(parts: Sequence[PaperPart], starts: Sequence[int], method: str) -> str:
    """The list of parts with their questions and sheets, what paper leaves out, and the line on method of all."""
    sheets = [str(start) for start in starts] or ["000"] * len(parts)
    rows = "".join(
        f'<tr><th scope="row"><a href="#{part.place}">{escape(part.title)}</a></th>'
        f'<td>{_question(part)}</td><td class="number">{sheet}</td></tr>'
        for part, sheet in zip(parts, sheets, strict=True)
        if part.html
    )
    return (
        f'<div class="main"><h1><a href="#contents">{CONTENTS}</a></h1><table class="sheets"><thead><tr>'
        '<th scope="col">Part</th><th scope="col">Its question</th><th scope="col" class="number">Sheet</th>'
        f"</tr></thead><tbody>{rows}</tbody></table><p>{LEFT_OUT}</p>{method}</div>"
    )


def _question(part: PaperPart) -> str:
    found = HEADING.search(part.html)
    said = re.sub(r"<[^>]+>", "", found[1]).strip() if found and part.place != "p0" else ""
    return said if said != escape(part.title) else ""
