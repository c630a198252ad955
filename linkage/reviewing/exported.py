"""Do workbook, lists, slides and PDF say what the report's data give? Made again where they can be, part by part."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.errors import LinkageError
from linkage.exports.making import LEFT_OUT, MADE
from linkage.reviewing.lines import Line, bad, look, told
from linkage.scratch import scratch_folder

if TYPE_CHECKING:
    from linkage.exports.contents import Contents
    from linkage.report.edition import Edition
    from linkage.reviewing.published import PublishedReport

WITHOUT_KEYS = (
    "the folder of keys that study.yml names holds no secret here: whose the accounts are cannot be compared, so "
    "workbook and lists are proved by their hash alone"
)


def same_exports(report: PublishedReport, edition: Edition) -> Iterator[Line]:
    """Each format that the manifest says was made, against what the edition gives."""
    rows = report.manifest.get("exports", ())
    made = {str(row["format"]) for row in rows if row["status"] == MADE}
    for row in (row for row in rows if row["status"] != MADE):
        tell = look if row["status"] == LEFT_OUT else bad
        yield tell(f"{row['format']}: {row['status']} when the report was made: {row['reason']}")
    if "xlsx" in made:
        yield from _workbook_and_lists(report, edition)
    if "pptx" in made:
        yield from _slides(report, edition)
    if "pdf" in made:
        from linkage.reviewing.printed import same_print

        yield from same_print(report, edition)


def _workbook_and_lists(report: PublishedReport, edition: Edition) -> Iterator[Line]:
    from linkage.reviewing.lists import same_lists
    from linkage.reviewing.workbook import same_workbook

    if not _has_keys(edition):
        yield told(WITHOUT_KEYS)
        return
    try:
        contents = contents_of(report, edition)
    except LinkageError as error:
        yield bad(f"workbook: it cannot be made again: {error}", about="workbook")
        return
    yield from same_workbook(report, edition, contents)
    yield from same_lists(report, contents)


def contents_of(report: PublishedReport, edition: Edition) -> Contents:
    """Everything the workbook says, gathered again."""
    from linkage.exports.contents import gather

    return gather(edition, report.folder.parent.parent)


def _has_keys(edition: Edition) -> bool:
    """Whether pseudonyms can be made again; a review makes no secret of its own."""
    from linkage.exports.pseudonyms import keys_folder

    folder = keys_folder(edition.study)
    return folder is None or (folder / f"{edition.study.name}.key").is_file()


def _slides(report: PublishedReport, edition: Edition) -> Iterator[Line]:
    from linkage.exports.making import last_day
    from linkage.exports.slides import write_slides
    from linkage.reviewing.slides import same_slides

    with scratch_folder() as scratch:
        again = Path(scratch, f"linkage-{edition.period}.pptx")
        try:
            write_slides(again, edition, on=last_day(edition))
        except LinkageError as error:
            yield bad(f"slides: they cannot be made again: {error}", about="slides")
            return
        yield from same_slides(report.folder / again.name, again)
