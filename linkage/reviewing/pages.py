"""Are pages and data files what notebooks and sources give? All of them written again, and compared."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator
from dataclasses import fields, replace
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.errors import LinkageError, ReportError
from linkage.exports.making import MADE, Export
from linkage.notebooks.jobs import Outcome
from linkage.report.earlier import changed_since, read_earlier
from linkage.report.edition import Edition
from linkage.report.manifest import NOTEBOOK_ROW, published_files
from linkage.reviewing.declared import DECLARATION, declaration, read_declaration
from linkage.reviewing.lines import Line, bad, good, look, told
from linkage.reviewing.sentences import apart
from linkage.reviewing.sign_off import sign_off_of
from linkage.scratch import scratch_folder

if TYPE_CHECKING:
    from linkage.opening import OpenStudy
    from linkage.reviewing.published import PublishedReport

FOLDERS = ("notebooks", "lists")
OTHER_CODE = "; code or notebooks have changed since the report was made, which may be why"


def edition_of(report: PublishedReport, opened: OpenStudy, folder: Path | None = None) -> Edition:
    """What the report was written from, put together again from what it left and from the data.

    folder : one that holds its notebooks; default the report's own. Raises ReportError where notebooks contradict each
    other or a file it needs is gone.
    """
    from linkage.report.making import with_results

    manifest = report.manifest
    outcomes = {r["name"]: Outcome(r["name"], r["status"], r["reason"]) for r in manifest["notebooks"]}
    edition = Edition(
        study=opened,
        period=report.period,
        notebooks=tuple(n for n in report.sources if n.name in outcomes),
        inputs=manifest["inputs"],
        formats=tuple(manifest["formats"]),
        not_made=tuple(row["format"] for row in manifest.get("exports", ()) if row["status"] != "made"),
        only=manifest["only"],
        outcomes=outcomes,
        earlier_periods=tuple(manifest.get("earlier", {})),
    )
    made = with_results(edition, folder or report.folder, report.folder.parent)
    # What the earlier report declared and who signed it is kept as it was read: that report may have changed since.
    kept = report.read(DECLARATION)
    if not isinstance(kept, dict):
        raise ReportError(f"{DECLARATION} is no declaration.")
    before = {name: kept.get(name) for name in ("before", "left_out")}
    return replace(made, declaration={**declaration(opened.study), **before})


def same_contents(
    report: PublishedReport, edition: Edition, folder: Path | None = None, *, tell: bool = True
) -> Iterator[Line]:
    """Every page and data file of the report, written again by this code, byte for byte; and no page more.

    folder : one that holds its notebooks; default the report's own. tell : whether what is only told is told too.
    """
    for line in changed_since(report.manifest.get("earlier", {}), report.folder.parent) if tell else ():
        yield told(f"an earlier report that this one was compared with is another now: {line}")
    for period in _not_compared_with(report) if tell else ():
        yield look(f"a report of {period} lies there that this one was not compared with: was it made later?")
    with scratch_folder() as again:
        try:
            _write_again(edition, folder or report.folder, again)
        except LinkageError as error:
            yield bad(f"pages: {error}")
            return
        names = sorted(p.name for p in again.iterdir() if p.is_file())
        for name in (n for n in names if n.removesuffix(".html") not in report.failed):
            yield _compared(report, again / name)
    yield from _no_more(report, names, edition)


def _not_compared_with(report: PublishedReport) -> list[str]:
    """The earlier periods of which there is a report, and this one knows nothing of it."""
    there = read_earlier(report.study, report.period, report.folder.parent).marks
    return [period for period in there if period not in report.manifest.get("earlier", {})]


def same_manifest(report: PublishedReport, edition: Edition) -> Iterator[Line]:
    """What the manifest says of the report besides files, versions and clocks, against what the study says."""
    from linkage.report.manifest import KEYS, seed_of

    wanted = {
        "study": edition.study.name,
        "title": edition.study.title,
        "parameters": edition.parameters,
        "seed": seed_of(edition),
        "input_hash": edition.input_hash,
        "review": None,  # who signed stands in a file of its own
    }
    more = sorted(set(report.manifest) - set(KEYS))
    if more:
        yield bad(f"manifest: no report writes {', '.join(more)}", about=f"manifest, {more[0]}")
    wrong = [name for name, value in wanted.items() if report.manifest.get(name) != value]
    for name in wrong:
        said = f"{name} is {report.manifest.get(name)!r}, the study gives {wanted[name]!r}"
        yield bad(f"manifest: {said}", about=f"manifest, {name}")
    unknown = _unknown_names(report)
    rows = [*_odd_rows(report.manifest, edition), *_twice(report)]
    if unknown and report.same_code:
        rows.append(f"it tells of {unknown}, and the project has no such notebook")
    elif unknown:
        yield look(f"manifest: it tells of {unknown}, and the project has no such notebook now")
    yield from (bad(f"manifest: {said}", about="manifest, rows") for said in rows)
    if not (wrong or rows):
        yield good(f"manifest: {', '.join(wanted)} as the study gives them")


def _odd_rows(manifest: dict, edition: Edition) -> Iterator[str]:
    """What its rows say that the notebooks do not, or that no report writes; formats that no row tells of."""
    for row in manifest["notebooks"]:
        yield from _unknown(row, NOTEBOOK_ROW, str(row["name"]))
    for row in manifest.get("exports", ()):
        yield from _unknown(row, [f.name for f in fields(Export)], f"the format {row['format']}")
    yield from _other_names(manifest["notebooks"], edition)
    told_of = sorted(row["format"] for row in manifest.get("exports", ()))
    if told_of != sorted(set(edition.formats) - {"html"}):
        yield f"its formats are {', '.join(edition.formats)}, and its rows tell of {', '.join(told_of) or 'none'}"


def _twice(report: PublishedReport) -> Iterator[str]:
    names = [str(row["name"]) for row in report.manifest["notebooks"]]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        yield f"it tells twice of {', '.join(twice)}"


def _unknown_names(report: PublishedReport) -> str:
    names = {str(row["name"]) for row in report.manifest["notebooks"]}
    return ", ".join(sorted(names - {n.name for n in report.sources}))


def _unknown(row: dict, known: Collection[str], what: str) -> Iterator[str]:
    more = sorted(set(row) - set(known))
    if more:
        yield f"of {what} no report writes {', '.join(more)}"


def _other_names(rows: list[dict], edition: Edition) -> Iterator[str]:
    """Where the title or the parameters of a notebook are not its own."""
    own = {
        n.name: {"title": n.title, "parameters": {**n.parameters, **edition.parameters}}
        for n in edition.notebooks
    }
    for row in rows:
        for name, value in own.get(row["name"], {}).items():
            if row.get(name) != value:
                yield f"the {name} of {row['name']} is {row.get(name)!r}, the notebook gives {value!r}"


def _no_more(report: PublishedReport, made: list[str], edition: Edition) -> Iterator[Line]:
    """What lies in the report's folder and nothing makes: a page of somebody's own, however well it is listed."""
    exported = {
        file for row in report.manifest.get("exports", ()) for file in _exports_of(row, edition.period)
    }
    run = {f"notebooks/{row['name']}.ipynb" for row in report.manifest["notebooks"]}
    for name in published_files(report.folder):
        if name not in made and name not in exported and name not in run:
            yield bad(f"file {name} is none that a report makes", about=f"file {name}")
    for path in sorted(report.folder.rglob("*/")):
        name = path.relative_to(report.folder).as_posix()
        if path.is_dir() and not path.is_symlink() and name not in FOLDERS:
            yield bad(f"folder {name} is none that a report makes", about=f"folder {name}")


def _exports_of(row: dict, period: str) -> tuple[str, ...]:
    """The files that a format leaves."""
    name = f"linkage-{period}"
    files = {
        "xlsx": (f"{name}.xlsx", f"lists/targets-{period}.csv", f"lists/accounts-{period}.csv"),
        "pptx": (f"{name}.pptx",),
        "pdf": (f"{name}.pdf", f"{name}-answers.pdf"),
    }
    return files.get(str(row["format"]), ()) if row["status"] == MADE else ()


def _write_again(edition: Edition, notebooks: Path, folder: Path) -> None:
    from linkage.report.making import write_contents

    shutil.copytree(notebooks / "notebooks", folder / "notebooks")
    write_contents(edition, folder)


def _compared(report: PublishedReport, made: Path) -> Line:
    what = "page" if made.suffix == ".html" else "data file"
    published, about = report.folder / made.name, f"{what} {made.name}"
    if not published.is_file():
        return bad(f"{about} is gone", about=about)
    if published.read_bytes() == made.read_bytes():
        return good(f"{about} made again, the same", about=about)
    end = "" if report.same_code else OTHER_CODE
    where = _first_line(published, made)
    return bad(f"{about} is not what the findings and notebooks give{end}{where}", about=about)


def _first_line(published: Path, made: Path) -> str:
    """The first line in which a published text is not the one made again, with both."""
    texts = [path.read_text(encoding="utf-8", errors="replace").split("\n") for path in (published, made)]
    pairs = enumerate(zip_longest(*texts, fillvalue=""), 1)
    number, one, other = next(((n, a, b) for n, (a, b) in pairs if a != b), (0, "", ""))
    if not number:
        return ""
    said, gives = apart(one, other)
    return f": line {number} says {said}, made again {gives}"


def same_declaration(report: PublishedReport) -> Iterator[Line]:
    """The declared links, rules and scenarios of the report against study.yml as it is now: which line was changed."""
    from linkage.reviewing.declaration_change import compare_declarations

    try:
        then = read_declaration(report.folder)
    except ReportError as error:
        yield bad(f"declaration: {error}")
        return
    if then is None:
        yield bad(f"declaration: {DECLARATION} is gone")
        return
    change = compare_declarations(declaration(report.study), {**then, "period": report.period})
    for kind, frame in (("link", change.moved()), ("rule", change.rules), ("scenario", change.scenarios)):
        for row in frame.to_dict("records"):
            said = f": {row['what']}" if row["what"] else ""
            yield bad(
                f"declaration: {kind} {row[kind]} was {row['change']} in study.yml since the report{said}"
            )
    if change.is_same:
        yield good(f"declaration: {len(change.links)} links, their rules and scenarios, as study.yml says")
    yield from _same_before(report)


def _same_before(report: PublishedReport) -> Iterator[Line]:
    """Whether the earlier declaration this report was compared with is still that of the earlier report."""
    kept = report.read(DECLARATION) or {}
    before = kept.get("before")
    last = _last_before(report)
    if before is None:
        yield from _none_before(report, last, str(kept.get("left_out") or ""))
        return
    if last and report.study.period(before["period"]) < report.study.period(last):
        yield bad(f"declaration: compared with that of {before['period']}, and there is one of {last}")
        return
    folder = report.folder.parent / str(before["period"])
    try:
        there = read_declaration(folder)
    except ReportError as error:
        yield told(f"declaration: {error}")
        return
    signed = sign_off_of(folder).sentence()
    if there is None:
        yield bad(f"declaration: the report of {before['period']}, which it was compared with, is gone")
    elif any(there[part] != before.get(part) for part in there):
        yield bad(f"declaration: that of {before['period']} is another now than the one it was compared with")
    elif str(before["signed"]).startswith("Signed") and before["signed"] != signed:
        yield bad(
            f"declaration: of {before['period']} it says “{before['signed']}”, and that report: {signed}"
        )
    elif kept.get("left_out"):
        yield bad(f"declaration: {before['period']} was compared with, and it is said to be left out")
    else:
        yield good(f"declaration: compared with that of {before['period']}, which is as it was")


def _last_before(report: PublishedReport) -> str:
    """The newest of the earlier reports that this one knew and that can be read; empty where there is none."""
    known = report.manifest.get("earlier", {})
    last = read_earlier(report.study, report.period, report.folder.parent, only=known).last
    return last.period if last else ""


def _none_before(report: PublishedReport, last: str, left_out: str) -> Iterator[Line]:
    """A report compared with no earlier declaration: whether there was none, or it could not be read."""
    said = ""
    try:
        there = read_declaration(report.folder.parent / last) if last else None
    except ReportError as error:
        there, said = None, str(error)
    if there is not None:
        yield bad(f"declaration: compared with none, and the report of {last} has one")
    elif left_out != said:
        why = said or "nothing kept it from being read"
        yield bad(f"declaration: none was compared with, it says, because “{left_out}”; in truth: {why}")
    elif said:
        yield told(f"declaration: no earlier one was compared with: {said}")
