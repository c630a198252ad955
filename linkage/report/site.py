"""The published site: a page a notebook and the front page, all text escaped, nothing fetched from anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import linkage
from linkage.notebooks.jobs import FAILED, SKIPPED
from linkage.report.appendix import findings_page, glossary_page
from linkage.report.basis import joins_shown, sources_shown
from linkage.report.body import body_of
from linkage.report.changes import changes_page
from linkage.report.footer import method_line
from linkage.report.front import front_page
from linkage.report.in_full import all_answers
from linkage.report.method import method_page
from linkage.report.partial import left_out
from linkage.report.review_page import review_page
from linkage.report.shell import shell, templates
from linkage.report.tidying import contents_of, opening_of

if TYPE_CHECKING:
    from jinja2 import Environment

    from linkage.notebooks.finding import Notebook
    from linkage.report.edition import Edition

FRONT = "index.html"


@dataclass(frozen=True)
class Page:
    """One entry of the navigation."""

    file: str
    title: str
    failed: bool = False


REFERENCE = (
    Page("answers.html", "All answers"),
    Page("changes.html", "Why it changed"),
    Page("findings.html", "All findings"),
    Page("joins.html", "Join ledger"),
    Page("review.html", "Review of the report"),
    Page("method.html", "Method"),
    Page("glossary.html", "Glossary"),
)
"""The pages to look things up in, after those of the questions."""


@dataclass(frozen=True)
class Site:
    """What every page shares."""

    edition: Edition

    @cached_property
    def environment(self) -> Environment:
        return templates()

    @cached_property
    def pages(self) -> list[Page]:
        """The front page, then a page for every notebook that was not skipped, then those to look things up in."""
        return [Page(FRONT, "Two pages"), *self.questions, *REFERENCE]

    @cached_property
    def questions(self) -> list[Page]:
        """A page for every notebook that was not skipped."""
        outcomes = self.edition.outcomes
        shown = [n for n in self.edition.notebooks if outcomes[n.name].status != SKIPPED]
        return [Page(f"{n.name}.html", n.title, outcomes[n.name].status == FAILED) for n in shown]

    @cached_property
    def shared(self) -> dict[str, object]:
        """What stands on every page; worked out once."""
        edition = self.edition
        return {
            **shell(),
            "study": edition.study.title,
            "period": edition.period,
            "page_groups": [("", self.pages[:1]), ("Questions", self.questions), ("Reference", REFERENCE)],
            "left_out": [notebook.title for notebook in left_out(edition)],
            "method": method_line(edition),
            "version": linkage.__version__,
            "input_hash": edition.input_hash[:12],
            "files": exported_files(edition),
        }

    def write(self, template: str, file: str, folder: Path, **values: object) -> None:
        html = self.environment.get_template(template).render(here=file, **self.shared, **values)
        (folder / file).write_text(html.rstrip() + "\n", encoding="utf-8", newline="\n")


def exported_files(edition: Edition) -> list[tuple[str, str]]:
    """The formats a reader can take along, with their files; a format that could not be made is not among them."""
    name = f"linkage-{edition.period}"
    offered = {
        "xlsx": [("workbook", f"{name}.xlsx")],
        "pptx": [("slides", f"{name}.pptx")],
        "pdf": [("two pages as PDF", f"{name}-answers.pdf"), ("whole report as PDF", f"{name}.pdf")],
    }
    made = [f for f in offered if f in edition.formats and f not in edition.not_made]
    return [pair for name in made for pair in offered[name]]


def write_site(edition: Edition, folder: Path) -> None:
    """index.html, the pages of the notebooks, and the pages to look things up in."""
    site = Site(edition)
    site.write("index.html.j2", FRONT, folder, **front_page(edition))
    for notebook in edition.notebooks:
        if edition.outcomes[notebook.name].status != SKIPPED:
            _write_page(site, notebook, folder)
    joins, others = joins_shown(edition.study)
    basis = {"sources": sources_shown(edition.study), "joins": joins, "other_joins": others}
    shown = (
        all_answers(edition, folder),
        changes_page(edition),
        findings_page(edition),
        basis,
        review_page(edition),
        method_page(edition),
        glossary_page(edition),
    )
    for page, values in zip(REFERENCE, shown, strict=True):
        site.write(f"{page.file}.j2", page.file, folder, **values)


def _write_page(site: Site, notebook: Notebook, folder: Path) -> None:
    from markupsafe import Markup

    outcome = site.edition.outcomes[notebook.name]
    executed = folder / "notebooks" / f"{notebook.name}.ipynb"
    body = body_of(executed if executed.is_file() else notebook.path)
    opening, rest = opening_of(body)
    files = [page.file for page in site.pages]
    place = files.index(f"{notebook.name}.html")
    failed = outcome.status == FAILED
    site.write(
        "notebook.html.j2",
        files[place],
        folder,
        title=notebook.title,
        opening=Markup(opening),
        rest=Markup(rest),
        contents=contents_of(body),
        failure={"reason": outcome.reason, "traceback": outcome.error.get("traceback")} if failed else None,
        evidence=executed.relative_to(folder).as_posix() if executed.is_file() else None,
        before=site.pages[place - 1] if place > 1 else None,
        after=site.pages[place + 1] if place + 1 < len(files) else None,
    )
