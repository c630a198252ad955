"""Does the ledger add up, and does it speak of the files as they are? Counts, also without the database."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.errors import ReportError
from linkage.reviewing.joined import imbalance
from linkage.reviewing.lines import Line, bad, good, told

if TYPE_CHECKING:
    from linkage.reviewing.published import PublishedReport
    from linkage.study import Study
    from linkage.study_file.declaration import SourceSpec

Row = dict[str, object]

SEPARATORS = ",;\t|"
TEXTS = (".csv", ".tsv", ".txt")


def ledger_totals(report: PublishedReport) -> Iterator[Line]:
    """Of each source: rows read = accepted + rejected, and as many as the files hold. Of the joins: in = out."""
    try:
        ledger = report.read("ledger.json")
        sources, joins = ledger["sources"], ledger["joins"]
    except (ReportError, KeyError, TypeError) as error:
        yield bad(f"ledger: {error}")
        return
    for source in sources:
        yield from _source_lines(source, report.study)
    wrong = [said for said in map(imbalance, joins) if said]
    yield from (bad(f"ledger: {said}") for said in wrong)
    if joins and not wrong:
        rows = sum(int(join["left_rows"]) for join in joins)
        yield good(
            f"ledger: in {len(joins)} joins matched and unmatched add up to the {rows:,} rows that went in"
        )


def _source_lines(source: Row, study: Study) -> Iterator[Line]:
    name = source["source"]
    read, kept, lost = (int(source[part]) for part in ("rows_read", "rows_accepted", "rows_rejected"))
    if kept + lost != read:
        yield bad(f"ledger: {name}: {kept:,} accepted and {lost:,} rejected are not the {read:,} rows read")
        return
    sums = f"{name}: {read:,} rows read = {kept:,} accepted + {lost:,} rejected"
    counted, why = count_records(study, str(name))
    if counted is None:
        yield good(f"ledger: {sums}")
        yield told(f"{name}: its rows were not counted apart: {why}")
    elif counted == read:
        yield good(f"ledger: {sums}; the files hold as many")
    else:
        yield bad(f"ledger: {name}: {read:,} rows were read, and its files hold {counted:,}")


def count_records(study: Study, source: str) -> tuple[int | None, str]:
    """The records of a source's files, counted without the database; None and why where that cannot be told.

    Counted are Parquet, and text in UTF-8 with one header row and as many fields in each record as in the header.
    """
    from linkage.tables.ingredients import files_of

    spec = study.sources.get(source)
    if spec is None:
        return None, "study.yml declares no such source"
    reason = _cannot(spec)
    if reason:
        return None, reason
    total = 0
    for path in files_of(study, source):
        counted, reason = _count(path, spec)
        if counted is None:
            return None, f"{path.name} {reason}"
        total += counted
    return total, ""


def _cannot(spec: SourceSpec) -> str:
    """Why a source's rows are no plain records of its files."""
    if spec.sql:
        return "a select makes them"
    if spec.long:
        return "several lines make one row"
    if spec.header_rows != 1:
        return "its header has several rows"
    return "" if spec.encoding.lower().replace("-", "").startswith("utf8") else f"it is in {spec.encoding}"


def _count(path: Path, spec: SourceSpec) -> tuple[int | None, str]:
    name = path.name.lower()
    if name.endswith(".parquet"):
        from pyarrow.parquet import read_metadata

        return read_metadata(path).num_rows, ""
    if not name.removesuffix(".gz").endswith(TEXTS):
        return None, "is no text file"
    try:
        opened = gzip.open if name.endswith(".gz") else open
        with opened(path, "rb") as raw, io.TextIOWrapper(raw, encoding="utf-8-sig", newline="") as stream:
            return _count_text(stream, spec.delimiter)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        return None, f"cannot be read so ({type(error).__name__})"


def _count_text(stream: io.TextIOWrapper, delimiter: str | None) -> tuple[int | None, str]:
    header = stream.readline()
    separator = delimiter or max(SEPARATORS, key=header.count)
    if len(separator) != 1 or header.count('"') % 2:
        return None, "has a header that a plain reader does not split"
    fields = len(next(csv.reader([header], delimiter=separator), []))
    count = 0
    for place, record in enumerate(csv.reader(stream, delimiter=separator), 1):
        if not any(cell.strip() for cell in record):
            continue
        if len(record) != fields:
            return None, f"has {len(record)} fields in record {place} and {fields} in its header"
        count += 1
    return count, ""
