"""Which rows of a table can be used, and how many cannot: complete cases, counted, as plain numbers."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from linkage.errors import TableError, TooFewRowsError

DATES = {"date", "datetime", "datetime64", "period", "timedelta", "timedelta64"}
"""What pandas calls columns of dates, moments and durations."""


def as_names(names: str | Iterable[str]) -> tuple[str, ...]:
    """Columns by their names: one that is given by itself is one, not its letters."""
    return (names,) if isinstance(names, str) else tuple(names)


def require_columns(table: pd.DataFrame, columns: Iterable[str]) -> None:
    """Refuse a table that lacks one of the columns or has two of that name, and what is no table of pandas.

    Names the column, and the nearest that exists.
    """
    from difflib import get_close_matches

    if not isinstance(table, pd.DataFrame):
        raise TableError(f"An analysis needs a table of pandas (a DataFrame), not {type(table).__name__}.")
    for column in columns:
        if column not in table.columns:
            near = get_close_matches(str(column), [str(c) for c in table.columns], n=1)
            hint = (
                f" Did you mean {near[0]!r}?" if near else f" It has: {', '.join(map(str, table.columns))}."
            )
            raise TableError(f"The table has no column {column!r}.{hint}")
        count = list(table.columns).count(column)
        if count > 1:
            raise TableError(f"The table has {count} columns called {column!r}. Rename or drop all but one.")


def is_category(values: pd.Series) -> bool:
    """Whether a column is kept as categories, those of Arrow too, whatever they are."""
    return values.dtype.type is pd.CategoricalDtype.type


def holds_text(values: pd.Series) -> bool:
    """Whether a column holds words, however pandas or Arrow keep them; not so for categories."""
    if values.dtype == object:
        return any(isinstance(value, str) for value in values)
    return values.dtype.type is str


def are_numbers_as_text(values: pd.Series) -> bool:
    """Whether each known value of a column, or each of its categories, is the text of a number, such as '7'."""
    known = values.dropna()
    if is_category(values):
        known = pd.Series(known.unique()).astype(object)
    return holds_text(known) and bool(pd.to_numeric(known.astype(object), errors="coerce").notna().all())


def cast_to_write(column: object) -> str:
    """What to do about numbers that are kept as text: the same words wherever they are met."""
    return f"Write table[{column!r}] = pd.to_numeric(table[{column!r}]) first"


def as_numbers(values: pd.Series) -> pd.Series:
    """A column as float64: booleans become 0 and 1, nullable types and decimals plain, infinities missing.

    Raises TableError where a value is text, be it that of a number: elsewhere it would be a category. And for dates and
    durations: their number is an accident of the calendar and of the unit they are kept in.
    """
    _refuse_dates(values)
    if is_category(values) or holds_text(values) or values.dtype == object:
        if are_numbers_as_text(values):
            example = values.dropna().iloc[0]
            raise TableError(
                f"Column {values.name!r} holds its numbers as text, for example {example!r}. "
                f"{cast_to_write(values.name)}."
            )
        numbers = pd.to_numeric(values.astype(object), errors="coerce")
        lost = values.notna() & numbers.isna()
        if lost.any():
            raise TableError(
                f"Column {values.name!r} holds text where a number is needed: {lost.sum():,} of "
                f"{len(values):,} values, for example {values[lost].iloc[0]!r}. Use it as a category, "
                "or declare it as a number in study.yml so that staging rejects what is not one."
            )
        values = numbers
    numbers = values.to_numpy(dtype="float64", na_value=np.nan)
    known = np.where(np.isfinite(numbers), numbers, np.nan)
    return pd.Series(known, index=values.index, name=values.name, copy=False)


def _refuse_dates(values: pd.Series) -> None:
    if pd.api.types.is_numeric_dtype(values) or values.dtype.type is str:
        return
    known = values.dropna()
    if isinstance(values.dtype, pd.CategoricalDtype):
        known = known.astype(values.cat.categories.dtype)
    if pd.api.types.infer_dtype(known) in DATES:
        example = f", for example {known.iloc[0]}" if len(known) else ""
        raise TableError(
            f"Column {values.name!r} holds dates or durations{example}. Turn it into a number with a unit first, "
            "such as tenure_months."
        )


def complete_rows(
    table: pd.DataFrame,
    numbers: Iterable[str],
    labels: Iterable[str] = (),
    *,
    along: Iterable[str] = (),
    at_least: int = 1,
) -> pd.DataFrame:
    """The rows of a table in which every named column has a value, with a fresh index.

    numbers : columns to turn into float64 (NaN and infinities count as missing).
    labels : columns kept as they are (categories, clusters, keys).
    along : columns taken along whatever they hold, such as the place of a row: none is incomplete for them.
    at_least : fewer complete rows than this raise TooFewRowsError.

    The caller counts what was left out: len(table) - len(result).
    """
    numbers, labels = list(dict.fromkeys(numbers)), list(dict.fromkeys(labels))
    require_columns(table, [*numbers, *labels])
    rows = pd.DataFrame({c: as_numbers(table[c]) for c in numbers}, index=table.index)
    for column in (*labels, *along):
        if column not in rows:
            rows[column] = table[column]
    rows = rows.dropna(subset=[*numbers, *labels]).reset_index(drop=True)
    if len(rows) < at_least:
        is_are = "is" if len(rows) == 1 else "are"
        raise TooFewRowsError(
            f"{len(rows):,} of {len(table):,} rows {is_are} complete in {', '.join([*numbers, *labels])}; "
            f"at least {at_least:,} are needed."
        )
    return rows
