"""The link matrix: all feedback beside all other figures, asked at once and judged as one family."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from linkage.fetching import fetch_rows
from linkage.grains import KEYS
from linkage.group_codes import crossed, without_gaps
from linkage.ladder import ALPHA
from linkage.linking.cluster_level import UNIT
from linkage.linking.multiplicity import adjust_p_values
from linkage.matrix.cells import Cell, cells_of
from linkage.matrix.pairs import fit_pair
from linkage.memory import kept
from linkage.precision import check_confidence
from linkage.refuting.higher_cluster import same_in_cells
from linkage.results import Result

if TYPE_CHECKING:
    from linkage.opening import OpenStudy
    from linkage.plots import Picture

SHOWN = [
    "driver",
    "outcome",
    "grain",
    "lag",
    "correlation",
    "low",
    "high",
    "q_value",
    "n",
    "clusters",
    "level",
]


@dataclass(frozen=True, eq=False, repr=False)
class LinkMatrix(Result):
    """What goes with what, over every pair a study can ask.

    estimates : one row a pair: driver, outcome (labels), driver_name, outcome_name, grain, lag, estimate with its
        std_error and interval (outcome units per driver unit), correlation with its interval (the same slope in
        standard units), p_value, q_value (over all pairs), n, clusters, level (L2, L3 where the outcome comes after),
        shown (q at most 0.05), declared (the links of study.yml that ask the same pair), reason where not fitted.
    held : what was held fixed.
    """

    estimates: pd.DataFrame
    held: tuple[str, ...]
    span: str

    @property
    def asked(self) -> int:
        return int(self.estimates["p_value"].notna().sum())

    def summary(self) -> str:
        if not self.asked:
            return "No pair of feedback and figures could be asked: the sources hold too few rows with both."
        shown = self.estimates[self.estimates["shown"]]
        said = (
            f"{self.asked:,} pairs were asked, {', '.join(self.held) or 'nothing'} held fixed, {self.span}; "
            f"{len(shown):,} go together at a false discovery rate of {ALPHA:.0%}."
        )
        left = len(self.estimates) - self.asked
        if left:
            said += f" {left:,} pairs could not be asked."
        if len(shown):
            top = shown.loc[shown["correlation"].abs().idxmax()]
            said += (
                f" The closest: {top['driver']} and {top['outcome']}, partial correlation {top['correlation']:+.2f} "
                f"({top['correlation_low']:+.2f} to {top['correlation_high']:+.2f}; n = {top['n']:,}, {top['level']})."
            )
        return said + " All of it is exploratory but the pairs that study.yml declares."

    def table(self, decimals: int = 3) -> pd.DataFrame:
        """The pairs that go together, closest first, in standard units."""
        frame = self.estimates[self.estimates["shown"]].copy()
        frame = frame.reindex(frame["correlation"].abs().sort_values(ascending=False, kind="stable").index)
        frame = frame.assign(low=frame["correlation_low"], high=frame["correlation_high"])
        frame = frame[[*SHOWN, "declared"]].reset_index(drop=True)
        numbers = frame.select_dtypes("floating").columns
        frame[numbers] = frame[numbers].round(decimals) + 0.0
        return frame

    def left_out(self) -> pd.DataFrame:
        """How many pairs could not be asked, by reason, without their figures."""
        reasons = self.estimates.loc[self.estimates["p_value"].isna(), "reason"].str.replace(
            r"\d[\d,]*", "few", regex=True
        )
        return reasons.value_counts().rename_axis("reason").rename("pairs").to_frame()

    def plot(self, topic: str = "feedback") -> Picture:
        """Small multiples: one panel an outcome, a dot with its interval for each driver.

        topic : "feedback" for the outcomes that are answers, "money" for those that are money.
        """
        from linkage.matrix.drawing import draw_matrix

        return draw_matrix(self.estimates[self.estimates["topic"] == topic])


@kept
def link_matrix(study: OpenStudy, *, period: object, confidence: float = 0.95) -> LinkMatrix:
    """Which feedback goes with which operational and financial figure, at the right grain and lag?

    period : the last period whose drivers count. Held fixed: the period and the study's segments. Every pair is fitted
    alone; false discoveries are controlled over all of them (Benjamini and Hochberg 1995).
    """
    check_confidence(confidence)
    through = study.check_period(period)
    rows, held = [], {}
    by_table: dict[tuple[str, int], list[Cell]] = {}
    for cell in cells_of(study):
        by_table.setdefault((cell.grain, cell.lag), []).append(cell)
    for (grain, lag), cells in by_table.items():
        frame = _matrix_rows(study, grain, lag, cells, through)
        fixed = [c for c in ("period", *_segments(study, grain)) if c in frame]
        held |= dict.fromkeys(fixed)
        codes = frame.groupby(fixed, dropna=False, observed=True).ngroup().to_numpy()
        clusters = _clusters(frame, {c.driver.name for c in cells}, cells[0].cluster)
        figures = {name: frame[name].to_numpy("float64") for name in _figures_of(cells)}
        rows += [_row(study, cell, figures, codes, clusters[cell.driver.name], confidence) for cell in cells]
    table = _judged(_one_a_pair(pd.DataFrame(rows, columns=_COLUMNS)))
    return LinkMatrix(table, tuple(held), " to ".join(dict.fromkeys([*study.periods[:1], through])))


def _clusters(frame: pd.DataFrame, drivers: Iterable[str], own: str) -> dict[str, np.ndarray]:
    """By driver, codes (n,) of the grain's clusters; of units for one that is the same for all rows of one in a period.

    Such a driver was seen once a unit, however many customers it has (see linking.cluster_level).
    """
    usual = pd.factorize(frame[own])[0]
    if UNIT not in frame or own == UNIT:
        return dict.fromkeys(drivers, usual)
    unit = pd.factorize(frame[UNIT])[0]
    cells = crossed(unit + 1, pd.factorize(frame["period"])[0])
    return {driver: unit if _is_of_units(frame[driver], unit, cells) else usual for driver in drivers}


def _is_of_units(driver: pd.Series, unit: np.ndarray, cells: np.ndarray) -> bool:
    known = driver.notna().to_numpy() & (unit >= 0)
    return bool(known.any()) and same_in_cells(driver.to_numpy("float64")[known], without_gaps(cells[known]))


_COLUMNS = [
    *("driver", "outcome", "driver_name", "outcome_name", "topic", "grain", "lag", "level", "declared"),
    *(
        "estimate",
        "std_error",
        "low",
        "high",
        "p_value",
        "correlation",
        "correlation_low",
        "correlation_high",
    ),
    *("n", "clusters", "reason"),
]


def _figures_of(cells: list[Cell]) -> dict[str, None]:
    """The columns that the pairs of one table are made of, each once: many pairs share a driver or an outcome."""
    return dict.fromkeys([*(c.driver.name for c in cells), *(f"{c.outcome.name}__later" for c in cells)])


def _row(
    study: OpenStudy, cell: Cell, figures: dict[str, np.ndarray], held, cluster, confidence: float
) -> dict[str, object]:
    x, y = figures[cell.driver.name], figures[f"{cell.outcome.name}__later"]
    found = fit_pair(x, y, held, cluster, confidence=confidence)
    return {
        "driver": cell.driver.label,
        "outcome": cell.outcome.label,
        "driver_name": cell.driver.name,
        "outcome_name": cell.outcome.name,
        "topic": "money" if cell.outcome.origin == "money" else "feedback",
        "grain": cell.grain,
        "lag": cell.lag,
        "level": "L3" if cell.after else "L2",
        "declared": _declared(study, cell),
        **found._asdict(),
    }


def _declared(study: OpenStudy, cell: Cell) -> str:
    """The links of study.yml that ask the same pair."""
    pair = (cell.driver.name, cell.outcome.name)
    return ", ".join(n for n, s in study.study.links.items() if s.outcome == pair[1] and pair[0] in s.drivers)


def _one_a_pair(table: pd.DataFrame) -> pd.DataFrame:
    """Each pair once: at the first grain that could answer it, or else at the first."""
    ordered = table.assign(failed=table["p_value"].isna()).sort_values("failed", kind="stable")
    first = ordered.drop_duplicates(["driver_name", "outcome_name"]).drop(columns="failed")
    return first.sort_index().reset_index(drop=True)


def _judged(table: pd.DataFrame) -> pd.DataFrame:
    p_values = table["p_value"].to_numpy("float64")
    asked = np.isfinite(p_values)
    table["q_value"] = adjust_p_values(p_values) if asked.any() else p_values
    table["shown"] = table["q_value"] <= ALPHA
    return table


def _segments(study: OpenStudy, grain: str) -> tuple[str, ...]:
    """The study's segments that a grain has."""
    columns = study.study.columns[grain]
    return tuple(s for s in study.study.declared.segments if s in columns)


def _matrix_rows(study: OpenStudy, grain: str, lag: int, cells: list[Cell], through: str) -> pd.DataFrame:
    """The drivers of a grain's rows, and each outcome `lag` periods later as `<name>__later`, in a fixed order."""
    there = study.connection.table(f"link_{grain}").columns
    fixed = dict.fromkeys([cells[0].cluster, "period", UNIT, *_segments(study, grain)])
    parts = [f"now.{c}" for c in fixed if c in there]
    drivers = dict.fromkeys(c.driver.name for c in cells if c.driver.name not in fixed)
    parts += [f"cast(now.{d} as double) as {d}" for d in drivers]
    parts += [
        f"cast(later.{o} as double) as {o}__later" for o in dict.fromkeys(c.outcome.name for c in cells)
    ]
    key = KEYS[grain][0]
    join = f"inner join link_{grain} as later on later.{key} = now.{key}"
    if grain not in ("interaction", "survey"):
        join = (
            f"inner join periods as next on next.position = calendar.position + {lag}\n"
            f"{join} and later.period = next.period"
        )
    position = study.study.period(through).position
    sql = (
        f"select {', '.join(parts)}\nfrom link_{grain} as now\n"
        f"inner join periods as calendar on calendar.period = now.period\n{join}\n"
        f"where calendar.position <= {position}\norder by now.{key}, now.period"
    )
    return fetch_rows(study.connection.sql(sql))
