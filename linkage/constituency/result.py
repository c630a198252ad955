"""What the chain from employees and partners to money answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from linkage.aggregation import AggregationGate
from linkage.cards.card import LinkCard
from linkage.catalogue import LinkageColumn
from linkage.constituency.gates import gate_table
from linkage.constituency.training import Training
from linkage.drivers import DriverRanking
from linkage.results import Result
from linkage.worth.figures import MoneyFigure, money_frame, publish_money

if TYPE_CHECKING:
    from linkage.plots import Picture
    from linkage.publishing import Published

WHOLE = "indirect"


@dataclass(frozen=True, eq=False, repr=False)
class Constituency(Result):
    """Employees and partners, their customers, and money.

    estimates : one row a chain and path: chain (cause -> stage -> end), how ("own grains": each link at its own grain;
        "unit means": all in one table of units), path, estimate, std_error, low, high, p_value, n, units, level.
    gates : whether answers may be averaged, by side. factors : what engagement is made of. training : the event study.
    partners : cards of the partners' links. money : what a chain comes to. missing : parts without data, and what they
    would need. columns : what the named columns mean.
    """

    estimates: pd.DataFrame
    gates: Mapping[str, AggregationGate]
    factors: DriverRanking | None
    training: Training | None
    partners: tuple[LinkCard, ...]
    money: tuple[MoneyFigure, ...]
    missing: Mapping[str, str]
    columns: Mapping[str, LinkageColumn]
    minimum_group: int
    seed: int
    confidence: float

    def summary(self) -> str:
        from linkage.constituency.words import said_of

        return "\n".join(f"- {line}" for line in said_of(self))

    def called(self, path: str) -> str:
        """A column, or a path of columns, by what readers call it; a part that is no column stays as it is."""
        ends = path.split(" -> ")
        return " -> ".join(self.columns[e].label if e in self.columns else e for e in ends)

    def gate(self, decimals: int = 3) -> pd.DataFrame:
        """The aggregation gate of each side, with its verdicts."""
        frame = gate_table(self.gates)
        frame["means of"] = [self.called(name) for name in frame["means of"]]
        return _rounded(frame.set_index(["means of", "side", "figure"]), decimals)

    def table(self, decimals: int = 4) -> pd.DataFrame:
        """The chains, path by path, by their labels."""
        frame = self.to_frame()
        for column in ("chain", "path"):
            frame[column] = [self.called(path) for path in frame[column]]
        return _rounded(frame.set_index(["chain", "how", "path"]), decimals)

    def factor_table(self, decimals: int = 3) -> pd.DataFrame:
        """What engagement is made of."""
        kept = [
            "estimate",
            "low",
            "high",
            "share",
            "share_low",
            "share_high",
            "johnson",
            "rank_low",
            "rank_high",
        ]
        frame = self.factors.estimates[kept] if self.factors is not None else pd.DataFrame(columns=kept)
        return _rounded(frame.rename(index=self.called).rename_axis("part"), decimals)

    def training_table(self, decimals: int = 3) -> pd.DataFrame:
        """The difference of differences beside the plain difference."""
        frame = self.training.estimates if self.training else pd.DataFrame()
        return _rounded(frame.copy(), decimals)

    def event_table(self, decimals: int = 3) -> pd.DataFrame:
        """The difference in each period around the training, against the one before it."""
        frame = self.training.events.set_index("event_time") if self.training else pd.DataFrame()
        return _rounded(frame.copy(), decimals)

    def money_table(self) -> pd.DataFrame:
        return money_frame(self.money)

    def publish_money(self) -> Published:
        """The figures in money for the report."""
        return publish_money(self.money)

    def lacking(self) -> pd.DataFrame:
        """The parts that could not be answered, and what each would need."""
        return pd.DataFrame({"part": list(self.missing), "what is missing": list(self.missing.values())})

    def plot(self) -> Picture:
        """The chains: each path's estimate with its interval."""
        from linkage.constituency.drawing import draw_chains

        return draw_chains(self)

    def plot_training(self) -> Picture:
        """The event study."""
        from linkage.constituency.drawing import draw_training

        return draw_training(self)


def _rounded(frame: pd.DataFrame, decimals: int) -> pd.DataFrame:
    numbers = [c for c in frame.select_dtypes("number").columns if c not in ("n", "units", "clusters")]
    frame[numbers] = frame[numbers].astype(float).round(decimals) + 0.0
    for column in ("n", "units", "clusters"):
        if column in frame and frame[column].notna().all():
            frame[column] = frame[column].astype(int)
    return frame
