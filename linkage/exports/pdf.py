"""The pages as PDF, printed by a browser that is there: the front page alone, and the whole report in one file."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.errors import ReportError
from linkage.exports.paper import paper, paper_parts
from linkage.exports.pdf_settling import settle_pdf
from linkage.report.site import Site
from linkage.scratch import scratch_folder

if TYPE_CHECKING:
    from datetime import date

    from linkage.report.edition import Edition

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
SECONDS = 300
NO_PRINTER = (
    "no program that prints pages is here: neither a browser on the path "
    f"({', '.join(BROWSERS[:3])}) nor the package weasyprint. Install one of them, or print index.html from a browser."
)


Printer = Callable[[Path, Path, Path], None]
"""Prints a page (first) into a file (second), with a scratch folder of its own (third)."""


def write_pdfs(edition: Edition, folder: Path, *, on: date) -> tuple[list[Path], str]:
    """The front page as one PDF and the whole report as another; nothing, and why, where no printer is.

    folder : the published pages. on : the day they are dated. Neither holds a clock or a path of this computer; links
    between pages become jumps in the whole, and lead nowhere in the front page alone.
    """
    printer = find_printer()
    if printer is None:
        return [], NO_PRINTER
    pages = [(page.file, page.title) for page in Site(edition).pages]
    whole, front = folder / f"linkage-{edition.period}.pdf", folder / f"linkage-{edition.period}-answers.pdf"
    title = title_of(edition)
    with scratch_folder() as scratch:
        alone = scratch / "front.pdf"
        printer(folder / pages[0][0], alone, scratch)
        front.write_bytes(settle_pdf(alone, title=title, on=on))
        printed, contents = _print_whole(printer, folder, pages, scratch, title)
        whole.write_bytes(settle_pdf(printed, title=title, on=on, contents=contents))
    return [front, whole], ""


def title_of(edition: Edition) -> str:
    """What both files are called by whatever shows them."""
    return f"{edition.study.title}, {edition.period}"


def _print_whole(
    printer: Printer, folder: Path, pages: Sequence[tuple[str, str]], scratch: Path, title: str
) -> tuple[Path, list[tuple[str, int]]]:
    """All pages as one print, and the sheet on which each part begins.

    Printed twice: only a print tells the sheets that its list of contents names.
    """
    starts: list[int] = []
    for name in ("draft", "whole"):
        page, printed = scratch / f"{name}.html", scratch / f"{name}.pdf"
        parts = paper_parts(folder, pages, starts)
        page.write_text(paper(parts, title=title), encoding="utf-8", newline="\n")
        printer(page, printed, scratch)
        named, starts = starts, _starts(printed, [part.place for part in parts])
    if starts != named:
        raise ReportError("the sheets that the list of contents names moved as it was printed again.")
    return printed, [(part.title, start) for part, start in zip(parts, starts, strict=True)]


def _starts(printed: Path, places: Sequence[str]) -> list[int]:
    """The sheet, from 1, on which each marked place of a printed document lies."""
    from pypdf import PdfReader

    reader = PdfReader(printed)
    found = {name.lstrip("/"): mark for name, mark in reader.named_destinations.items()}
    lacking = [place for place in places if place not in found]
    if lacking:
        raise ReportError(f"the printed report does not say where its part {lacking[0]} begins.")
    return [reader.get_destination_page_number(found[place]) + 1 for place in places]


def find_printer() -> Printer | None:
    """A browser on the path, else WeasyPrint, else None."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser:
        return lambda page, target, scratch: _print_in_browser(browser, page, target, scratch / "profile")
    return _print_with_weasyprint if find_spec("weasyprint") else None


def browser_command(browser: str, page: Path, target: Path, profile: Path) -> list[str]:
    """What prints one page without a window, a header or a profile of anybody."""
    return [
        *(browser, "--headless", "--disable-gpu", "--no-first-run", "--disable-extensions", "--disable-sync"),
        *("--disable-background-networking", "--disable-component-update", f"--user-data-dir={profile}"),
        # The pages are our own, and a browser run by root has no sandbox.
        *(("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()),
        *("--no-pdf-header-footer", "--export-tagged-pdf", f"--print-to-pdf={target}", page.as_uri()),
    ]


def _print_in_browser(browser: str, page: Path, target: Path, profile: Path) -> None:
    environment = {**os.environ, "TZ": "UTC", "LANG": "C.UTF-8"}
    try:
        done = subprocess.run(
            browser_command(browser, page, target, profile),
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SECONDS,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ReportError(
            f"{Path(browser).name} did not print {page.name} within {SECONDS} seconds."
        ) from None
    if done.returncode or not target.is_file():
        said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise ReportError(f"{Path(browser).name} did not print {page.name}: {said}")


def _print_with_weasyprint(page: Path, target: Path, scratch: Path) -> None:
    from weasyprint import HTML

    HTML(filename=str(page)).write_pdf(str(target))
