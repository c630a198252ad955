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
    taken = [
        c for c in columns if c.is_computed or not present.isdisjoint(c.raw_names) or not c.optional_in_file
    ]
    for file, header in headers.items():
        for column in taken:
            if not column.is_computed:
                _check_column(column, file, header)
    return taken


def need_column(raw: str, key: str, headers: dict[str, Header]) -> None:
    """SourceError where a file lacks a column that an option of the source names, or has it twice."""
    for file, header in headers.items():
        if header.count(raw) != 1:
            there = f"{header.count(raw)} columns are called" if raw in header else "there is no column"
            raise SourceError(
                f"{file}: {there} {raw!r}, named under {key}.{_hint(raw, header)} "
                f"The file has: {', '.join(map(repr, header))}."
            )


def undeclared(used: set[str], headers: dict[str, Header]) -> tuple[str, ...]:
    """Columns of the files that nothing of ours uses, in the order of the files."""
    names = dict.fromkeys(name for header in headers.values() for name in header)
    return tuple(name for name in names if name and name not in used)


def _required_time(columns: Sequence[Column], times: Sequence[str], present: set[str]) -> list[Column]:
    by_name = {c.name: c for c in columns}
    lacking = [
        t for t in times if t in by_name and by_name[t].required and present.isdisjoint(by_name[t].raw_names)
    ]
    others = [t for t in times if t in by_name and not present.isdisjoint(by_name[t].raw_names)]
    if not lacking or not others or by_name[lacking[0]].raw_names != (lacking[0],):
        return list(columns)
    swapped = {
        lacking[0]: replace(by_name[lacking[0]], required=False, optional_in_file=True),
        others[0]: replace(by_name[others[0]], required=True, optional_in_file=False),
    }
    return [swapped.get(c.name, c) for c in columns]


def _check_column(column: Column, file: str, header: Header) -> None:
    counts = {raw: header.count(raw) for raw in column.raw_names}
    twice = [raw for raw, count in counts.items() if count > 1]
    if twice:
        raise SourceError(
            f"{file}: {counts[twice[0]]} columns are called {twice[0]!r}, so {column.name} could be any of them. "
            "Rename them in the file, or pick one in a select under 'sql:'."
        )
    if any(counts.values()) or column.optional_in_file:
        return
    wanted = " or ".join(map(repr, column.raw_names))
    need = "needed" if column.required else "declared"
    raise SourceError(
        f"{file}: there is no column {wanted}, {need} for {column.name}.{_hint(column.raw_name, header)} "
        f"The file has: {', '.join(map(repr, header))}. Map it in study.yml: columns: {{{column.name}: <its name>}}."
    )


def _hint(raw: str, header: Header) -> str:
    near = get_close_matches(raw, [h for h in header if h], n=1, cutoff=0.6)
    near = near or [h for h in header if h.casefold() == raw.casefold()]
    return f" Did you mean {near[0]!r}?" if near and near[0] != raw else ""
