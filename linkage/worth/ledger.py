"""What would keeping more customers bring, and what does leaving take? Each customer in one cell, counted once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from linkage.errors import LinkageError, TooFewRowsError
from linkage.memory import kept
from linkage.precision import check_confidence, check_draws
from linkage.publishing import Published
from linkage.results import Result
from linkage.sentences import number
from linkage.suppressing import hidden_table, told_counts
from linkage.value.contract import ContractTerms, present_value
from linkage.value.money import horizon_words
from linkage.worth.figures import ASSUMED, ESTIMATED, MoneyFigure, publish_money
from linkage.worth.ledger_sums import PARTS, TOTAL, Counted, framed, rolled
from linkage.worth.lifetime import contract_terms, has_departures
from linkage.worth.people import (
    SILENT,
    customer_periods,
    last_year,
    latest_bands,
    money_of,
    periods_a_year,
    present_now,
    rules_of,
)

if TYPE_CHECKING:
    from linkage.opening import OpenStudy
    from linkage.plots import Picture

DRAWS = 500


@dataclass(frozen=True, eq=False, repr=False)
class KeepAndLose(Result):
    """The keep and lose ledger, over the customers who are there now.

    estimates : one row a segment and band: n, revenue (of the last year, as counted), and with _low and _high each:
        value (present margin over the horizon), downside (present margin that goes with those who leave), upside (what
        of it would stay if they left as the top band does; negative where that band leaves more), revenue_at_stake (of
        the next year's revenue, what goes with those who leave); suppressed (fewer than `minimum_group`, or telling of
        such). by_band, by_segment : the same summed up; `all` in each. Never add the upside to the downside.
    best : the band whose staying is the measure of the upside: the top one that there is. missing : why it is empty.
    accounts : one row a customer, keys included (for the house, not for publishing).
    """

    estimates: pd.DataFrame
    by_band: pd.DataFrame
    by_segment: pd.DataFrame
    accounts: pd.DataFrame
    best: str
    currency: str
    horizon: str
    level: str
    basis: str
    counted: str
    has_revenue: bool
    confidence: float
    minimum_group: int
    n_used: int
    missing: str

    def headline(self) -> str:
        """What is at stake next year, and of whom the most, in a few words; the rest is in the summary."""
        if self.missing:
            return self.summary()
        row, bands = self.by_band.loc[TOTAL], self.by_band.drop(index=TOTAL)
        shown = bands[~bands["suppressed"].astype(bool)]["revenue_at_stake"]
        most = f", {number(shown.max())} of it of the band {shown.idxmax()}" if len(shown) > 1 else ""
        money = "revenue" if self.has_revenue else self.counted
        return (
            f"Of the next year's {money}, {self._money(row, 'revenue_at_stake')} goes with customers who leave{most}. "
            f"Customers there now are worth {self._money(row, 'value')} of {self.counted} over {self.horizon}. "
            f"({self.level}, {self.basis}; {self.confidence:.0%} intervals; n = {self.n_used:,} customers.)"
        )

    def summary(self) -> str:
        if self.missing:
            return f"No ledger of keeping and losing. {self.missing}"
        row = self.by_band.loc[TOTAL]
        said = "; ".join(self._band(b, r) for b, r in self.by_band.drop(index=TOTAL).iterrows())
        money = "revenue" if self.has_revenue else self.counted
        return (
            f"Customers there now are worth {self._money(row, 'value')} of {self.counted} over {self.horizon}. Losing: "
            f"{self._money(row, 'downside')} goes with those who leave. Keeping: {self._money(row, 'upside')} of it "
            f"would stay if all left as the band {self.best} does. At stake of the next year's {money}: "
            f"{self._money(row, 'revenue_at_stake')}, by band {said}. The silent, who gave no answer for a year, are a "
            f"segment of their own. ({self.level}, {self.basis}; {self.confidence:.0%} intervals; n = {self.n_used:,} "
            "customers, each counted once. That a band stays longer does not show that moving into it would.)"
        )

    def _band(self, band: object, row: pd.Series) -> str:
        if row["suppressed"]:
            return f"{band} not shown (fewer than {self.minimum_group} or telling)"
        return f"{band} {number(row['revenue_at_stake'])} (n = {int(row['n']):,})"

    def _money(self, row: pd.Series, part: str) -> str:
        low, high = number(row[f"{part}_low"]), number(row[f"{part}_high"])
        return f"{number(row[part])} {self.currency} ({low} to {high})"

    def table(self, decimals: int = 0) -> pd.DataFrame:
        """For reading: of a cell that is hidden its count too."""
        frame = self.estimates.round(decimals)
        return frame.assign(n=told_counts(frame["n"], frame["suppressed"], self.minimum_group))

    def figures(self) -> list[MoneyFigure]:
        """Value, downside, upside and revenue at stake of each band, of each segment, and of all."""
        if self.missing:
            return []
        frames = {"band": self.by_band, "segment": self.by_segment.drop(index=TOTAL)}
        return [
            self._figure(part, row, str(name) if name == TOTAL else f"{kind} {name}")
            for kind, frame in frames.items()
            for name, row in frame[~frame["suppressed"]].iterrows()
            for part in PARTS
        ]

    def _figure(self, part: str, row: pd.Series, group: str) -> MoneyFigure:
        words = {
            "value": f"present {self.counted} of the customers there now",
            "upside": f"present {self.counted} kept if all left as the band {self.best} does",
            "downside": f"present {self.counted} that goes with those who leave",
            "revenue_at_stake": "next year's revenue that goes with those who leave",
        }
        return MoneyFigure(
            figure=part.replace("_", " "),
            estimate=float(row[part]),
            low=float(row[f"{part}_low"]),
            high=float(row[f"{part}_high"]),
            currency=self.currency,
            horizon="1 year" if part == "revenue_at_stake" else self.horizon,
            level=self.level,
            basis=self.basis,
            n=int(row["n"]),
            what=words[part],
            group=group,
        )

    def publish(self) -> Published:
        return publish_money(self.figures())

    def plot(self) -> Picture:
        """Revenue at stake by loyalty band."""
        from linkage.plots import nothing_to_draw
        from linkage.worth.pictures import draw_amounts

        if self.missing:
            return nothing_to_draw(self.summary())
        frame = self.by_band.drop(index=TOTAL)
        parts = {
            c: frame[f"revenue_at_stake{e}"]
            for c, e in (("estimate", ""), ("low", "_low"), ("high", "_high"))
        }
        title = "Of the next year's revenue, what goes with those who leave"
        shown = pd.DataFrame({**parts, "n": frame["n"]})
        return draw_amounts(shown, title=title, currency=self.currency, level=self.level, basis=self.basis)


@kept
def keep_and_lose(
    study: OpenStudy, *, period: object, draws: int = DRAWS, seed: int = 0, confidence: float = 0.95
) -> KeepAndLose:
    """What would keeping more customers bring, and what does leaving take, by segment and loyalty band?

    Margin of the last year a customer, at the retention of their band, in arrears over `value.horizon` (Berger and
    Nasr 1998), against a retention of one (losing) and of the top band among those who answered (keeping). Bootstrap
    of whole customers, the retention of bands and the margin of cells from the same draw. Never raises for what the
    data lack: `missing` says it.
    """
    check_confidence(confidence)
    check_draws(draws, confidence=confidence)
    through = study.check_period(period) if study.periods else ""
    try:
        return _ledger(study, through, draws, seed, confidence)
    except LinkageError as error:
        return _nothing(study, str(error), confidence)


def _nobody_left(study: OpenStudy, through: str) -> str:
    """Why nobody counts as lost: nobody had left by then, or the register does not say who did."""
    if has_departures(study):
        return (
            f"Nobody had left by {through} as left_on of the source of customers has it: what leaving takes is seen of "
            "those who left."
        )
    return (
        "It needs to know who left: a column left_on in the source of customers. Without it only purchases to come "
        "can be valued (see the lifetime values)."
    )


def _ledger(study: OpenStudy, through: str, draws: int, seed: int, confidence: float) -> KeepAndLose:
    money = money_of(study)
    if money.column is None:
        raise TooFewRowsError("It needs a source of transactions with a sum of money, by customer.")
    rows = customer_periods(study, through)
    if not rows["is_lost"].any():
        raise TooFewRowsError(_nobody_left(study, through))
    now = _there_now(study, rows, through, money)
    panel = rows[rows["position"] >= rows["position"].min() + periods_a_year(study)]
    bands = [b for b in rows["band"].cat.categories if (now["band"] == b).any()]
    segments = sorted(now["segment"].unique())
    seen = panel if len(panel) else rows
    _require_seen(seen, bands, through)
    counted = Counted(seen, now, bands, segments)
    terms, a_year = contract_terms(study), periods_a_year(study)
    found, best = counted.drawn(terms, a_year, draws, seed)
    small = study.study.declared.minimum_group
    level, basis = ("L0", ASSUMED) if money.is_assumed else ("L1", ESTIMATED)
    cells = pd.MultiIndex.from_product([segments, bands], names=["segment", "band"])
    shape = (len(segments), len(bands))
    hidden = hidden_table(counted.people.reshape(shape), small)
    estimates = framed(found, counted.people, counted.revenue, cells, hidden[:-1, :-1].ravel(), confidence)
    estimates = estimates[estimates["n"] > 0]
    return KeepAndLose(
        estimates=estimates,
        by_band=rolled(found, counted, 1, bands, hidden[-1], confidence),
        by_segment=rolled(found, counted, 0, segments, hidden[:, -1], confidence),
        accounts=_accounts(now, counted, terms, best, bands),
        best=bands[best],
        currency=study.study.declared.currency,
        horizon=horizon_words(rules_of(study).horizon, "year"),
        level=level,
        basis=basis,
        counted=money.words(),
        has_revenue=money.revenue is not None,
        confidence=confidence,
        minimum_group=small,
        n_used=len(now),
        missing="",
    )


def _require_seen(seen: pd.DataFrame, bands: list[str], through: str) -> None:
    """Refuse a ledger some of whose customers are of a band of whom nobody was there to stay or leave.

    In a study's first period every customer is silent beforehand, though their answers make bands by its end.
    """
    unknown = [b for b in bands if not (seen["band"] == b).any()]
    if unknown:
        raise TooFewRowsError(
            f"How many of {', '.join(unknown)} stay cannot be told: up to {through}, nobody was known to be of that "
            "band before a period. Ask for a later period, once answers have a period after them."
        )


def _there_now(study: OpenStudy, rows: pd.DataFrame, through: str, money) -> pd.DataFrame:
    """One row a customer there now: segment, band, margin and revenue a period of the last year, and its revenue."""
    now = present_now(rows, study, through)
    year = last_year(rows, study, through)
    year = year.assign(margin_=money.margin_of(year), revenue_=year[money.revenue or money.column])
    means = year.groupby("customer_id")[["margin_", "revenue_"]].mean()
    sums = year.groupby("customer_id")["revenue_"].sum()
    named = next((c for c in (*study.study.declared.segments, "segment") if c in now), None)
    band = now["customer_id"].map(latest_bands(study, through).astype(object))
    return pd.DataFrame(
        {
            "customer_id": now["customer_id"],
            "segment": now[named].astype(object).fillna("unknown") if named else TOTAL,
            "band": band.astype(object).fillna(SILENT).astype(str),
            "margin": means["margin_"].reindex(now["customer_id"]).to_numpy(),
            "revenue": means["revenue_"].reindex(now["customer_id"]).to_numpy(),
            "revenue_last_year": sums.reindex(now["customer_id"]).to_numpy(),
        }
    )


def _accounts(
    now: pd.DataFrame, counted: Counted, terms: ContractTerms, best: int, bands: list[str]
) -> pd.DataFrame:
    """Each customer's own value, upside and downside, for a list that stays inside the house."""
    stay = counted.stay[0][pd.Index(bands).get_indexer(now["band"])]
    margin = now["margin"].to_numpy()
    worth, kept, whole = (
        present_value(r, margin, terms)
        for r in (stay, np.full_like(stay, counted.stay[0][best]), np.ones_like(stay))
    )
    return now.assign(value=worth, upside=kept - worth, downside=whole - worth).set_index("customer_id")


def _nothing(study: OpenStudy, reason: str, confidence: float) -> KeepAndLose:
    parts = [f"{p}{e}" for p in PARTS for e in ("", "_low", "_high")]
    empty = pd.DataFrame(columns=["n", "revenue", *parts, "suppressed"])
    return KeepAndLose(
        empty, empty, empty, pd.DataFrame(), "", study.study.declared.currency, "none", "L0", ASSUMED, "", False,
        confidence, study.study.declared.minimum_group, 0, reason,
    )  # fmt: skip
