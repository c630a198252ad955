"""Why could an attack not be made on this link? The one reason among those possible, with what would help."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from linkage.group_codes import count_groups
from linkage.limits.fitted import FEWEST_SHUFFLED
from linkage.limits.foreseen import CONSTITUENCY_BANDS, FOLDS
from linkage.refuting.refit import beside
from linkage.rows import as_numbers

if TYPE_CHECKING:
    from linkage.linking.surroundings import Surroundings
    from linkage.refuting.sample import LinkSample
    from linkage.study_file.declaration import LinkSpec


@dataclass(frozen=True, eq=False)
class Asked:
    """One link under attack: the rows used, the rows as asked, the link, and what is known around it."""

    sample: LinkSample
    rows: pd.DataFrame
    spec: LinkSpec
    around: Surroundings

    @property
    def clusters(self) -> int:
        return count_groups(self.sample.groups)


def why_absent(attack: str, asked: Asked) -> str:
    """The reason in a sentence with its remedy; "" where the attack's own judge knows no more than one reason."""
    return REASONS[attack](asked) if attack in REASONS else ""


def _leak(asked: Asked) -> str:
    driver, outcome = asked.spec.drivers[0], asked.spec.outcome
    values = asked.rows[driver]
    if not (pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values)):
        return f"{driver} is a category: its explained share tells what a threshold would."
    has = as_numbers(asked.rows[outcome]).notna()
    known = int((has & as_numbers(values).notna()).sum())
    if as_numbers(values).nunique() < 2:
        return f"{driver} never changes in the link's rows."
    return f"Only {int(has.sum()):,} rows have an outcome, and {known:,} of them a driver: too few to part."


def _lead(asked: Asked) -> str:
    driver, ahead = asked.spec.drivers[0], asked.around.ahead
    if ahead is None:
        if not (asked.spec.outcome.endswith("_after") or asked.spec.lag):
            return "Driver and outcome are of the same time: no value of the driver comes after the outcome."
        return f"The study holds no later {driver} as a number for the same customers or units."
    if asked.sample.main != driver:
        return f"{driver} is a category here: its next value is no number to compare."
    known = beside(asked.sample, ahead, [c for c in ("lead", "past") if c in ahead])
    rows = known.notna().all(axis=1).to_numpy()
    if not rows.any():
        return f"No row has a later {driver}, measured after its outcome, yet: ask the same customers or units again."
    if np.ptp(asked.sample.y[rows]) == 0:
        same = f"All {int(rows.sum()):,} rows with a later {driver} have the same outcome"
        return f"{same}: who is gone is not asked again."
    if known["lead"][rows].nunique() < 2:
        return f"The later {driver} is the same in all {int(rows.sum()):,} rows that have one."
    said = f"A later {driver} is known in {int(rows.sum()):,} of {len(rows):,} rows"
    return f"{said}, which is too few to compare with: ask the same customers or units again."


def _placebo(asked: Asked) -> str:
    if len(asked.sample.y) < FEWEST_SHUFFLED:
        return f"Only {len(asked.sample.y):,} rows to shuffle."
    return (
        f"Drivers are the same within a cluster, and there are only {asked.clusters:,} clusters to shuffle."
    )


def _negative(asked: Asked) -> str:
    named = [n for n in (asked.spec.negative_control.outcome, asked.spec.negative_control.driver) if n]
    if not named:
        return ""
    column = named[0]
    if column not in asked.sample.table:
        return f"{column}, the declared one, is no column of the link's rows."
    values = asked.sample.table[column]
    if not pd.api.types.is_numeric_dtype(values):
        return f"{column}, the declared one, is a text and no number."
    if values.nunique() < 2:
        return f"{column}, the declared one, never changes in the link's rows."
    return f"{column}, the declared one, has only {int(values.notna().sum()):,} values in the link's rows."


def _halo(asked: Asked) -> str:
    items = asked.around.items
    names = [] if items is None else [c for c in items.columns if c != "_cluster"]
    same = [name for name in names if items[name].nunique() < 2]
    if same:
        return f"Driver and outcome are of the same answer, and its item {same[0]} never changes."
    if len(names) < 2:
        return "Driver and outcome are of the same answer, which has no other item."
    return f"Driver and outcome are of the same answer, and only {len(items):,} answers hold its items."


def _ahead(asked: Asked) -> str:
    periods = asked.sample.table["period"].nunique() if "period" in asked.sample.table else 1
    if periods < 2 and asked.clusters < FOLDS:
        return f"The rows are of one period and of {asked.clusters:,} clusters: too few to predict some from others."
    return f"Of {len(asked.sample.y):,} rows too few could be predicted from others: more periods are needed."


def _baseline(asked: Asked) -> str:
    if asked.around.values is None:
        return "The link compares no changes."
    return "Where its outcome started is known in too few rows, is the same in all, or is held fixed already."


def _survivors(asked: Asked) -> str:
    left = asked.around.left
    if left is None:
        return "The outcome is no money of customers in a later window, which the lost could not spend."
    if "is_gone" not in left:
        return "No departure is dated (`left_on`): who was lost in between is not known."
    return f"Only {int(left['is_gone'].sum()):,} customers were lost between drivers and outcome."


def _band(asked: Asked) -> str:
    units = asked.around.constituency
    kind = units.attrs.get("kind") if units is not None else None
    if kind not in CONSTITUENCY_BANDS:
        return "The driver is no answer of employees or partners that the field has figures for."
    known = units.dropna(subset=["driver", "outcome"])
    for side in ("driver", "outcome"):
        if known[side].nunique() == 1:
            return f"The {side} is the same in all {len(known):,} units."
    return f"Only {len(known):,} units have both sides."


REASONS: dict[str, Callable[[Asked], str]] = {
    "leak": _leak,
    "lead": _lead,
    "placebo": _placebo,
    "negative": _negative,
    "halo": _halo,
    "ahead": _ahead,
    "baseline": _baseline,
    "survivors": _survivors,
    "band": _band,
}
