"""The pages as PDF, printed by a browser that is there: the front page alone, and the whole report in one file."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.errors import ReportError
from linkage.report.site import Site
from linkage.scratch import scratch_folder

if TYPE_CHECKING:
    from datetime import date

    from linkage.report.edition import Edition

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
SECONDS, AT_ONCE = 120, 2
NO_PRINTER = (
    "no program that prints pages is here: neither a browser on the path "
    f"({', '.join(BROWSERS[:3])}) nor the package weasyprint. Install one of them, or print index.html from a browser."
)


@dataclass(frozen=True)
class Printed:
    """One page of the site as PDF. file : its name in the site; title : in the list of contents."""

    file: str
    title: str
    path: Path


def write_pdfs(edition: Edition, folder: Path, *, on: date) -> tuple[list[Path], str]:
    """The front page as one PDF and all pages as another; nothing, and why, where no printer is.

    on : the day they are dated. Neither holds a clock or a path of this computer; links between pages become jumps
    in the whole, and lead nowhere in the front page alone.
    """
    from linkage.exports.pdf_joining import join_pages

    printer = find_printer()
    if printer is None:
        return [], NO_PRINTER
    titles = {page.file: page.title for page in Site(edition).pages}
    whole, front = folder / f"linkage-{edition.period}.pdf", folder / f"linkage-{edition.period}-answers.pdf"
    title = f"{edition.study.title}, {edition.period}"
    with scratch_folder() as scratch:
        pages = _print_all(printer, folder, titles, scratch)
        front.write_bytes(join_pages(pages[:1], title=title, on=on))
        whole.write_bytes(join_pages(pages, title=title, on=on))
    return [front, whole], ""


Printer = Callable[[Path, Path, Path], None]
"""Prints a page (first) into a file (second), with a scratch folder of its own (third)."""


def find_printer() -> Printer | None:
    """A browser on the path, else WeasyPrint, else None."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser:
        return lambda page, target, scratch: _print_in_browser(browser, page, target, scratch)
    return _print_with_weasyprint if find_spec("weasyprint") else None


def _print_all(printer: Printer, folder: Path, titles: dict[str, str], scratch: Path) -> Sequence[Printed]:
    pages = [
        Printed(file, title, scratch / f"{place}.pdf") for place, (file, title) in enumerate(titles.items())
    ]

    def run(page: Printed) -> None:
        own = scratch / f"{page.path.stem}.profile"
        own.mkdir()
        printer(folder / page.file, page.path, own)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(run, pages))
    return pages


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
