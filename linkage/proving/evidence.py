"""The rows a proof is made of: an estimate beside the truth it should find."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from linkage.proving.planted import Planted

if TYPE_CHECKING:
    from linkage.opening import OpenStudy

RIGHT, EXACT, IN_PART, NAIVE = "right", "exact", "in part", "naive"
NO_TRUTH, NO_ANSWER = "no truth planted", "no answer"


@dataclass(frozen=True, eq=False)
class Subject:
    """The study whose methods are proved: rows of its links and tables up to a period, and what is planted.

    fetched : rows by declared link, which several methods are proved on.
    """

    opened: OpenStudy
    period: str
    planted: Planted
    seed: int
    confidence: float = 0.95
    fetched: dict[str, pd.DataFrame] = field(default_factory=dict)

    def rows(self, link: str) -> pd.DataFrame:
        """The rows of a declared link, a table of the caller's own."""
        from linkage.linking.link_rows import link_rows

        if link not in self.fetched:
            self.fetched[link] = link_rows(self.opened, self.opened.study.links[link], self.period)
        return self.fetched[link].copy(deep=False)

    def cluster(self, link: str) -> str:
        from linkage.grains import cluster_of

        return cluster_of(self.opened.study.links[link])

    def formula(self, link: str) -> str:
        """The declared link as a regression."""
        asked = self.opened.study.links[link]
        return f"{asked.outcome} ~ {' + '.join([*asked.drivers, *asked.controls])}"

    def table(self, name: str, columns: Iterable[str] | None = None) -> pd.DataFrame:
        """A linkage table up to the period, with these of its columns."""
        return self.opened.table(name, through=self.period, columns=columns and list(columns))


@dataclass(frozen=True)
class Asked:
    """Who answered: the family of methods, the method in words, the function, and how many rows it used."""

    family: str
    method: str
    source: str
    n: int


def effect_row(
    subject: Subject, asked: Asked, name: str, found: Mapping, *, reading: str = RIGHT, note: str = ""
) -> dict:
    """A row for a planted effect by its name."""
    effect = subject.planted.effect(name)
    value = subject.planted.value(name)
    return evidence_row(asked, name, effect["what"], effect["unit"], value, found, reading=reading, note=note)


def evidence_row(
    asked: Asked,
    name: str,
    what: str,
    unit: str | None,
    truth: float,
    found: Mapping,
    *,
    reading: str = RIGHT,
    note: str = "",
) -> dict:
    """One row of a proof. truth : missing where nothing is planted. found : estimate, and what is known of
    std_error, low, high, p_value."""
    figures = {k: float(found.get(k, np.nan)) for k in ("estimate", "std_error", "low", "high", "p_value")}
    return {
        "family": asked.family,
        "method": asked.method,
        "quantity": name,
        "what": what,
        "unit": unit or "",
        "reading": reading,
        "truth": float(truth),
        **figures,
        "n": int(asked.n),
        "covered": is_covered(float(truth), figures["low"], figures["high"]),
        "source": asked.source,
        "note": note,
    }


def unanswered_row(family: str, reason: str) -> dict:
    """A row for a family that could not answer, such as changes where only one period is there."""
    asked = Asked(family, "not assessed", "", 0)
    row = evidence_row(asked, "", "", None, np.nan, {}, reading="", note=reason)
    return {**row, "covered": NO_ANSWER}


def is_covered(truth: float, low: float, high: float) -> str:
    """yes or no: whether the interval holds the truth; and in words where one of them is missing."""
    if np.isnan(truth):
        return NO_TRUTH
    if np.isnan(low) or np.isnan(high):
        return "no interval"
    return "yes" if low <= truth <= high else "no"
