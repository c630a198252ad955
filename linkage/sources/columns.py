"""Which columns of a file become which of ours: the header met with what study.yml asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from linkage.errors import SourceError

if TYPE_CHECKING:
    from linkage.study import Column

Header = tuple[str, ...]


def settle_columns(
    columns: Sequence[Column], times: Sequence[str], headers: dict[str, Header]
) -> list[Column]:
    """The columns to make of files with these headers: known ones only where a file has them.

    times : a role's time columns, any one of which is enough; where the required one is neither declared nor
        in the files, the first that is there becomes the required one.
    headers : column names by file. A column some files lack is an error unless it may be absent.
    """
    present = {name for header in headers.values() for name in header}
    columns = _required_time(columns, times, present)
    taken = [c for c in columns if c.raw_name in present or not c.optional_in_file]
    for file, header in headers.items():
        for column in taken:
            _check_column(column, file, header)
    return taken


def undeclared(columns: Sequence[Column], headers: dict[str, Header]) -> tuple[str, ...]:
    """Columns of the files that no column of ours takes, in the order of the files."""
    used = {c.raw_name for c in columns}
    names = dict.fromkeys(name for header in headers.values() for name in header)
    return tuple(name for name in names if name and name not in used)


def _required_time(columns: Sequence[Column], times: Sequence[str], present: set[str]) -> list[Column]:
    by_name = {c.name: c for c in columns}
    lacking = [
        t for t in times if t in by_name and by_name[t].required and by_name[t].raw_name not in present
    ]
    others = [t for t in times if t in by_name and by_name[t].raw_name in present]
    if not lacking or not others or by_name[lacking[0]].raw_name != lacking[0]:
        return list(columns)
    swapped = {
        lacking[0]: replace(by_name[lacking[0]], required=False, optional_in_file=True),
        others[0]: replace(by_name[others[0]], required=True, optional_in_file=False),
    }
    return [swapped.get(c.name, c) for c in columns]


def _check_column(column: Column, file: str, header: Header) -> None:
    count = header.count(column.raw_name)
    if count > 1:
        raise SourceError(
            f"{file}: {count} columns are called {column.raw_name!r}, so {column.name} could be any of them. "
            "Rename them in the file, or pick one in a select under 'sql:'."
        )
    if count == 1 or column.optional_in_file:
        return
    near = get_close_matches(column.raw_name, [h for h in header if h], n=1, cutoff=0.6)
    near = near or [h for h in header if h.casefold() == column.raw_name.casefold()]
    hint = f" Did you mean {near[0]!r}?" if near else ""
    need = "needed" if column.required else "declared"
    raise SourceError(
        f"{file}: there is no column {column.raw_name!r}, {need} for {column.name}.{hint} "
        f"The file has: {', '.join(map(repr, header))}. Map it in study.yml: columns: {{{column.name}: <its name>}}."
    )
