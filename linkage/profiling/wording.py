"""The contract as text for a terminal: what breaks a link, the sources, what to look at, columns, rejects, joins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from linkage.identity.accounting import IdentityRow
from linkage.profiling.problem import BREAKS, FINE, LOOK
from linkage.profiling.reading import read_columns, read_sources
from linkage.profiling.text import counted, share, text_table, wrapped
from linkage.sources.locate import place_words

if TYPE_CHECKING:
    from linkage.contract import Contract

SHOWN_REJECTS = 20
LONGEST_UNIT = 12

SOURCE_HEADS = (
    *("source", "rows", "rejected", "keys", "missing", "unread", "scale", "odd", "dates", "order", "twice"),
    *("from", "to"),
)
SOURCE_LEGEND = (
    "missing: share of cells without a value. unread, scale: values that were there and could not be read, or lay "
    "outside the scale. odd: rows with a code such as 99 or a value far away. dates: rows outside the study's or a "
    "person's days. order: rows that end before they begin. twice: rows equal to another but for the key."
)
COLUMN_HEADS = ("column", "unit", "type", "filled", "missing", "unread", "off scale", "distinct", "range")
JOIN_HEADS = ("join", "verb", "rows", "matched", "no key", "alike", "absent", "fan", "early")
JOIN_LEGEND = (
    "no key: rows that carry none. alike: keys that differ only in case, punctuation or leading zeros. absent: keys "
    "the other side does not know. fan: most rows that met one row. early: pairs in the wrong order of time."
)


def contract_text(contract: Contract) -> str:
    """The whole contract, with rejected values and example keys: for who may see the data."""
    lines = wrapped(f"{contract.name}: {contract.said()}")
    parts = [
        ("What breaks a link", _broken(contract)),
        ("Sources", _sources(contract)),
        (_look_title(contract.problems), _problems(contract.problems)),
        *_columns(contract),
        (_reject_title(contract.rejects), _rejects(contract.rejects)),
        ("Joins", _joins(contract.joins)),
    ]
    if len(contract.identity):
        parts.append(("Identity", _identity(contract.identity)))
    for title, body in parts:
        lines += ["", title, *(body or ["none"])]
    return "\n".join(lines)


def _broken(contract: Contract) -> list[str]:
    return [line for said in contract.broken for line in wrapped(said, indent="    ")]


def _sources(contract: Contract) -> list[str]:
    if not len(contract.overview):
        return []
    rows = read_sources(contract.overview).to_numpy().tolist()
    return [*text_table(SOURCE_HEADS, rows), "", *wrapped(SOURCE_LEGEND)]


def _look_title(problems: pd.DataFrame) -> str:
    counts = [(int((problems["severity"] == s).sum()), s) for s in (LOOK, FINE)]
    told = ", ".join(f"{n:,} {'to look at' if s == LOOK else s}" for n, s in counts if n)
    return f"Problems ({told})" if told else "Problems"


def _problems(problems: pd.DataFrame) -> list[str]:
    lines = []
    for row in problems[problems["severity"] != BREAKS].to_dict("records"):
        where = f"{row['source']}.{row['column']}" if row["column"] else row["source"]
        many = f", {counted(row['rows'], 'row')} ({share(row['share'])})"
        lines += wrapped(
            f"{row['severity']}: {where}, {row['what']}{many if row['rows'] else ''}{_seen(row)}",
            indent="    ",
        )
        lines += [f"    {line}" for line in wrapped(row["advice"], room=4)]
    return lines


def _seen(row: dict[str, object]) -> str:
    """Where the first of its rows is, as far as that is known."""
    if isinstance(row["file"], str):
        return f", first in {_place(row)}"
    return f", such as {row['example']}" if isinstance(row["example"], str) else ""


def _columns(contract: Contract) -> list[tuple[str, list[str]]]:
    files = dict(zip(contract.sources["source"], contract.sources["files"], strict=True))
    parts = []
    for source, own in contract.columns.groupby("source", sort=False):
        table = read_columns(own).drop(columns=["source", "label"])
        table["unit"] = [
            unit if len(unit) <= LONGEST_UNIT else f"{unit[:LONGEST_UNIT]}…" for unit in table["unit"]
        ]
        title = wrapped(
            f"{source}: {counted(own['rows'].iloc[0], 'row')} of {files.get(source, source)}", indent="    "
        )
        parts.append(("\n".join(title), text_table(COLUMN_HEADS, table.to_numpy().tolist())))
    return parts


def _reject_title(rejects: pd.DataFrame) -> str:
    count = len(rejects)
    if count > SHOWN_REJECTS:
        return f"Rejects (the first {SHOWN_REJECTS} of {count:,}; all of them with --json)"
    return f"Rejects ({count:,})" if count else "Rejects"


def _rejects(rejects: pd.DataFrame) -> list[str]:
    rows = [
        (_place(r), r["column"], r["value"], "value" if r["row_kept"] else "row", r["reason"])
        for r in rejects.head(SHOWN_REJECTS).to_dict("records")
    ]
    return text_table(("place", "column", "value", "lost", "reason"), rows) if rows else []


def _place(reject: dict[str, object]) -> str:
    return place_words(reject["file"], None if pd.isna(reject["line"]) else int(reject["line"]))


def _joins(joins: pd.DataFrame) -> list[str]:
    if not len(joins):
        return []
    told = joins.to_dict("records")
    rows = [
        (
            _join_name(r["join"]), r["verb"], r["left_rows"], r["matched"], r["no_key"], r["look_alike"],
            r["absent"], r["fan_out"], None if pd.isna(r["time_violations"]) else int(r["time_violations"]),
        )
        for r in told
    ]  # fmt: skip
    lines = text_table(JOIN_HEADS, rows, most=52)
    head, body = lines[0], lines[1:]
    beside = [[line, *_beside(row)] for line, row in zip(body, told, strict=True)]
    return [head, *(line for part in beside for line in part), "", *wrapped(JOIN_LEGEND)]


def _join_name(join: str) -> str:
    """The name without what goes without saying: stg_, and a key that is called the same on both sides."""
    left, _, right = join.replace("stg_", "").partition(" -> ")
    table, _, key = right.partition(".")
    return f"{left} -> {table if left.endswith(f'.{key}') else right}"


def _beside(row: dict[str, object]) -> list[str]:
    """Below a join: how its key came about where no file has it, and keys that found no partner."""
    lines = [f"    {line}" for line in wrapped(row["note"], room=4)] if row.get("note") else []
    examples = list(row["examples"] or ())
    # Customers who bought nothing are no lost rows: only a look-up's keys should have found a partner.
    return lines + (
        [f"    without a partner: {', '.join(examples)}"] if examples and row["verb"] == "join" else []
    )


def _identity(identity: pd.DataFrame) -> list[str]:
    """A rule a line, its examples below it: a table of them would be too wide to read."""
    return [line for row in identity.to_dict("records") for line in str(IdentityRow(**row)).splitlines()]
