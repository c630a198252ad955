"""Where our columns stand among the raw ones: which raw columns are read, and the texts made of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from linkage.sources.casts import Reading
from linkage.tables.quoting import name_sql, text_sql

if TYPE_CHECKING:
    from linkage.study import Column

APART = " | "
"""Between the values of several raw columns where a reject shows them."""


@dataclass(frozen=True)
class Layout:
    """The raw columns of a source and what each is called while it is read, each once however often it is used.

    slots : raw column -> its name in the raw table. item : the raw column that names the question, if any.
    """

    slots: dict[str, str]
    item: str | None = None

    @classmethod
    def of(cls, columns: Sequence[Column], beside: Iterable[str], item: str | None) -> Layout:
        """beside : raw columns that are no column of ours, such as a currency."""
        slots: dict[str, str] = {}
        for column in columns:
            if not (column.also or column.items or column.is_computed or column.metric_choices):
                slots.setdefault(column.raw_name, column.name)
        named = [raw for c in columns if not c.is_computed for raw in c.raw_names]
        for raw in (*named, *beside, *([item] if item else [])):
            slots.setdefault(raw, f"_{len(slots)}")
        return cls(slots, item)

    def picks(self, header: tuple[str, ...]) -> dict[str, int | None]:
        """For each slot the place of its column in a file, None where the file lacks it."""
        return {slot: header.index(raw) if raw in header else None for raw, slot in self.slots.items()}

    def slot(self, raw: str) -> str:
        return name_sql(self.slots[raw])

    def text_sql(self, column: Column, reading: Reading) -> str:
        """The text of a column: of the one raw column, of the first filled, or of the lines about its question."""
        if column.items:
            about = is_about_sql(column, self.slot(self.item))
            return f"case when {about} then {self.slot(column.raw_name)} end"
        if not column.also:
            return self.slot(column.raw_name)
        filled = ", ".join(map(self.slot, column.raw_names))
        return (
            f"case when {self.clash_sql(column, reading)} then concat_ws({text_sql(APART)}, {filled}) "
            f"else coalesce({filled}) end"
        )

    def clash_sql(self, column: Column, reading: Reading) -> str:
        """Whether several raw columns are filled and mean different values."""
        meant = []
        for raw in column.raw_names:
            slot = self.slots[raw]
            value = reading.value_sql(replace(column, name=slot))
            meant.append(f"coalesce(cast({value} as varchar), {name_sql(slot)})")
        return f"len(list_distinct([{', '.join(meant)}])) > 1"


def is_about_sql(column: Column, item: str) -> str:
    """Whether a line of a long export is about a column's question. item : SQL for what it is about."""
    words = ", ".join(text_sql(word.strip().lower()) for word in column.items)
    return f"lower({item}) in ({words})"
