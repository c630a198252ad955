"""A complete unit x period grid, and lags found by counting periods: never by shifting rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.errors import GrainError, PeriodError, TableError
from linkage.periods import Period, parse_period
from linkage.results import Result
from linkage.rows import as_names, require_columns


@dataclass(frozen=True, eq=False, repr=False)
class PanelRows(Result):
    """A panel table, one row per unit and period, with what was filled or found missing.

    rows : the table.
    counts : what happened, one row a fact: `count` rows of `of`, 0 to 1 in `share`.
    """

    main_table = "rows"
    rows: pd.DataFrame
    counts: pd.DataFrame

    def summary(self) -> str:
        facts = "; ".join(
            f"{name}: {count:,} of {of:,}"
            for name, count, of in zip(
                self.counts.index, self.counts["count"], self.counts["of"], strict=True
            )
        )
        return f"{len(self.rows):,} rows. {facts}."


def complete_grid(
    table: pd.DataFrame, *, unit: str, period: str, span: str = "unit", fiscal_year_starts: int | str = 1
) -> PanelRows:
    """Every unit in every period between its first and its last, the gaps as rows of their own.

    table : one row per unit and period; period as text (2026Q3), Period or whole number.
    span : "unit" (each unit's own first to last period) or "overall" (the table's first to last for all).

    Adds `is_filled` (True for a row that was not in the table; its other columns are missing). Nothing is
    guessed into a gap. Raises GrainError where a unit has two rows in a period.
    """
    if span not in ("unit", "overall"):
        raise TableError(f"span is 'unit' or 'overall', not {span!r}.")
    place = placed(table, unit, period, fiscal_year_starts)
    back = _reader_back(table[period], place, fiscal_year_starts)
    ends = place.groupby(table[unit].to_numpy(), sort=True).agg(["min", "max"])
    if span == "overall":
        ends["min"], ends["max"] = place.min(), place.max()
    lengths = (ends["max"] - ends["min"] + 1).to_numpy()
    starts = np.repeat(ends["min"].to_numpy(), lengths)
    steps = np.arange(lengths.sum()) - np.repeat(lengths.cumsum() - lengths, lengths)
    grid = pd.DataFrame({unit: np.repeat(ends.index.to_numpy(), lengths), _PLACE: starts + steps})
    grid[unit] = grid[unit].astype(table[unit].dtype)
    held = table.assign(**{_PLACE: place, "is_filled": False}).reset_index(drop=True)
    rows = grid.merge(held.drop(columns=period), on=[unit, _PLACE], how="left", validate="one_to_one")
    rows["is_filled"] = rows["is_filled"].isna()
    rows.insert(1, period, back(rows[_PLACE]))
    counts = _counts({"filled rows": (int(rows["is_filled"].sum()), len(rows))})
    return PanelRows(rows.drop(columns=_PLACE), counts)


def add_lags(
    table: pd.DataFrame,
    *,
    unit: str,
    period: str,
    columns: Sequence[str],
    lags: Sequence[int] = (1,),
    fiscal_year_starts: int | str = 1,
) -> PanelRows:
    """Beside each row, a column's value k periods before in the same unit: `<column>_lag1`, `_lag2`, ...

    lags : periods back; a negative one looks ahead and is named `<column>_lead1` (for placebo tests).

    The value is looked up by (unit, period - k): a gap in the panel gives a missing value, never the row
    that happens to stand above. `counts` tells, for each new column, how many rows found no value although
    they have one themselves. The rows keep their order. Raises GrainError on a doubled (unit, period).
    """
    columns = as_names(columns)
    require_columns(table, columns)
    place = placed(table, unit, period, fiscal_year_starts)
    # Without the index, which may have the name of a key: the two would be told apart no more.
    keyed = table[[unit, *columns]].assign(**{_PLACE: place}).reset_index(drop=True)
    rows, missing = table.copy(), {}
    for lag in lags:
        names = {c: lag_name(c, lag) for c in columns}
        before = keyed.assign(**{_PLACE: keyed[_PLACE] + int(lag)}).rename(columns=names)
        found = keyed[[unit, _PLACE]].merge(before, on=[unit, _PLACE], how="left", validate="one_to_one")
        for column, name in names.items():
            if name in table.columns:
                raise TableError(f"The table already has a column {name!r}; rename it before adding lags.")
            rows[name] = found[name].to_numpy() if found[name].dtype.kind in "fiub" else found[name].array
            present = table[column].notna().to_numpy()
            missing[f"{name} missing"] = (
                int((present & rows[name].isna().to_numpy()).sum()),
                int(present.sum()),
            )
    return PanelRows(rows, _counts(missing))


def lag_name(column: str, lag: int) -> str:
    """The name of a column's lag (1, 2, ...) or lead (-1, -2, ...)."""
    if lag == 0:
        raise PeriodError(f"A lag of 0 is {column!r} itself: leave it out.")
    return f"{column}_lag{lag}" if lag > 0 else f"{column}_lead{-lag}"


def period_positions(values: pd.Series, fiscal_year_starts: int | str = 1) -> pd.Series:
    """Each period's place on the line of periods (int64): neighbours differ by 1.

    values : texts such as 2026Q3 (all of one kind), Period objects, or whole numbers (years, waves).
    """
    if values.isna().any():
        raise PeriodError(
            f"{values.isna().sum():,} of {len(values):,} rows have no {values.name!r}: remove them."
        )
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        numbers = values.astype("float64")
        if (numbers % 1 != 0).any():
            raise PeriodError(
                f"{values.name!r} holds {numbers[numbers % 1 != 0].iloc[0]}: a period is a whole number."
            )
        return numbers.astype("int64")
    if pd.api.types.is_datetime64_any_dtype(values):
        raise PeriodError(
            f"{values.name!r} holds dates; name their period first (periods.period_of or period_sql)."
        )
    known = {v: _read(v, fiscal_year_starts) for v in values.unique()}
    kinds = {p.kind for p in known.values()}
    if len(kinds) > 1:
        raise PeriodError(f"{values.name!r} mixes {' and '.join(sorted(kinds))} periods; keep one kind.")
    return values.map({v: p.position for v, p in known.items()}).astype("int64")


_PLACE = "__period_position"


def _read(value: object, starts: int | str) -> Period:
    return value if isinstance(value, Period) else parse_period(value, fiscal_year_starts=starts)


def placed(table: pd.DataFrame, unit: str, period: str, fiscal_year_starts: int | str = 1) -> pd.Series:
    """Positions of the rows' periods; refuses a table that is not one row per unit and period."""
    require_columns(table, [unit, period])
    if table.empty:
        raise TableError("The panel has no rows.")
    if table[unit].isna().any():
        raise TableError(
            f"{table[unit].isna().sum():,} of {len(table):,} rows have no {unit!r}: remove them."
        )
    place = period_positions(table[period], fiscal_year_starts)
    doubled = pd.DataFrame({unit: table[unit], _PLACE: place}).duplicated(keep=False)
    if doubled.any():
        one = table.loc[doubled.to_numpy(), [unit, period]].iloc[0]
        raise GrainError(
            f"{doubled.sum():,} of {len(table):,} rows share their ({unit}, {period}) with another row, for "
            f"example ({one[unit]}, {one[period]}). Aggregate to one row per {unit} and {period} first."
        )
    return place


def _reader_back(given: pd.Series, place: pd.Series, starts: int | str):
    if pd.api.types.is_numeric_dtype(given):
        return lambda places: places.astype(given.dtype)
    first = _read(given.iloc[0], starts)
    shifted = {p: first.shift(p - first.position) for p in range(place.min(), place.max() + 1)}
    if isinstance(given.iloc[0], Period):
        return lambda places: places.map(shifted)
    return lambda places: places.map({p: str(q) for p, q in shifted.items()}).astype(given.dtype)


def _counts(facts: dict[str, tuple[int, int]]) -> pd.DataFrame:
    frame = pd.DataFrame.from_dict(facts, orient="index", columns=["count", "of"])
    frame["share"] = frame["count"] / frame["of"].replace(0, np.nan)
    return frame.rename_axis("fact")
