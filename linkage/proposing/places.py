"""Where a select reads from: files as they lie, by one pattern where that takes no others, or written out as text."""

from __future__ import annotations

import glob
from collections.abc import Collection
from pathlib import Path, PurePosixPath

from linkage.proposing.files import Found
from linkage.proposing.intake import Intake, lines_above
from linkage.proposing.names import common_start
from linkage.proposing.proposal import SourceProposal
from linkage.sources.locate import ENDINGS
from linkage.tables.quoting import text_sql

DIRECT = ("utf-8", "utf-16", "latin-1")
"""Encodings a select reads by itself; a file in another is written out first."""


def origins(source: SourceProposal, found: tuple[Found, ...]) -> list[tuple[str, str]]:
    """The places a part is read from, and the period each is named after."""
    if any(f.period for f in found) or (found[0].kind == "workbook" and len(found) > 1):
        return [
            (place_sql(source, (f,)), f", {text_sql(f.period)} as period" if f.period else "") for f in found
        ]
    return [(place_sql(source, found), "")]


def place_sql(source: SourceProposal, found: tuple[Found, ...]) -> str:
    files = [source.copies.get(f, f.shown) for f in found]
    pattern = as_pattern(files, source.siblings) if len(files) > 1 else files[0]
    listed = text_sql(pattern) if pattern else f"[{', '.join(map(text_sql, files))}]"
    first = found[0]
    if first.kind == "parquet":
        return f"(select columns(*)::varchar from read_parquet({listed}, union_by_name = true))"
    said = ["all_varchar = true", "header = true"]
    copied = first in source.copies
    said += [f"delim = {text_sql(',' if copied else first.delimiter)}", "quote = '\"'", "escape = '\"'"]
    if first.kind == "text" and not copied:
        said += [f"skip = {above}"] if (above := lines_above(first)) else []
        said += [f"encoding = {text_sql(first.encoding)}"] if first.encoding != "utf-8" else []
    said += ["union_by_name = true"] if len(files) > 1 else []
    return f"read_csv({listed}, {', '.join(said)})"


def needs_copy(intake: Intake, source: SourceProposal, found: Found) -> bool:
    """Whether a select cannot read a file itself, so that it must be written out as plain text beside it."""
    if found.kind == "parquet":
        return False
    if (
        found.kind in ("workbook", "json")
        or found.header_rows > 1
        or found.encoding not in DIRECT
        or any(p.facts.table.broken for p in source.parts)
    ):
        return True
    return not intake.reads(
        place_sql(source, (found,)).replace(text_sql(found.shown), text_sql(str(found.path)))
    )


def as_pattern(files: list[str], others: Collection[str]) -> str | None:
    """One pattern for files that share a folder and an ending, and for none of the others; None where there is none."""
    folders = {Path(f).parent.as_posix() for f in files}
    ending = next(
        (e for e in sorted(ENDINGS, key=len, reverse=True) if all(f.endswith(e) for f in files)), None
    )
    if len(folders) != 1 or not ending or any(glob.has_magic(f) for f in files):
        return None
    # "orders_2024.csv" and "orders_2025.csv" are orders*.csv: a name cut inside its number would hide later ones.
    start = common_start([Path(f).name for f in files])
    folder = folders.pop()
    pattern = f"{'' if folder == '.' else folder + '/'}{start}*{ending}"
    return pattern if {f for f in others if PurePosixPath(f).match(pattern)} <= set(files) else None
