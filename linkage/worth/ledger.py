"""What would keeping more customers bring, and what does leaving take? Each customer in one cell, counted once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from linkage.errors import LinkageError, TooFewRowsError
from linkage.publishing import Published
from linkage.results import Result
from linkage.sentences import number
from linkage.value.contract import ContractTerms, present_value
from linkage.value.money import horizon_words
from linkage.worth.figures import ASSUMED, ESTIMATED, MoneyFigure, publish_money
from linkage.worth.lifetime import contract_terms
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
BLOCK = 50
PARTS = ("value", "upside", "downside", "revenue_at_stake")
TOTAL = "all"


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
        return self.estimates.round(decimals)

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
        return draw_amounts(shown, title=title, currency=self.currency, basis=self.basis)


def keep_and_lose(
    study: OpenStudy, *, period: object, draws: int = DRAWS, seed: int = 0, confidence: float = 0.95
) -> KeepAndLose:
    """What would keeping more customers bring, and what does leaving take, by segment and loyalty band?

    Margin of the last year a customer, at the retention of their band, in arrears over `value.horizon` (Berger and
    Nasr 1998), against a retention of one (losing) and of the top band among those who answered (keeping). Bootstrap
    of whole customers, the retention of bands and the margin of cells from the same draw. Never raises for what the
    data lack: `missing` says it.
    """
    through = study.check_period(period) if study.periods else ""
    try:
        return _ledger(study, through, draws, seed, confidence)
    except LinkageError as error:
        return _nothing(study, str(error), confidence)


def _ledger(study: OpenStudy, through: str, draws: int, seed: int, confidence: float) -> KeepAndLose:
    money = money_of(study)
    if money.column is None:
        raise TooFewRowsError("It needs a source of transactions with a sum of money, by customer.")
    rows = customer_periods(study, through)
    if not rows["is_lost"].any():
        raise TooFewRowsError(
            "It needs to know who left: a column left_on in the source of customers. Without it only purchases to come "
            "can be valued (see the lifetime values)."
        )
    now = _there_now(study, rows, through, money)
    panel = rows[rows["position"] >= rows["position"].min() + periods_a_year(study)]
    bands = [b for b in rows["band"].cat.categories if (now["band"] == b).any()]
    segments = sorted(now["segment"].unique())
    counted = _Counted(panel if len(panel) else rows, now, bands, segments)
    terms, a_year = contract_terms(study), periods_a_year(study)
    found, best = counted.drawn(terms, a_year, draws, seed)
    small = study.study.declared.minimum_group
    level, basis = ("L0", ASSUMED) if money.is_assumed else ("L1", ESTIMATED)
    cells = pd.MultiIndex.from_product([segments, bands], names=["segment", "band"])
    shape = (len(segments), len(bands))
    hidden = hidden_cells(counted.people.reshape(shape), small).ravel()
    estimates = _framed(found, counted.people, counted.revenue, cells, hidden, confidence)
    estimates = estimates[estimates["n"] > 0]
    return KeepAndLose(
        estimates=estimates,
        by_band=_rolled(found, counted, 1, bands, small, confidence),
        by_segment=_rolled(found, counted, 0, segments, small, confidence),
        accounts=_accounts(now, counted, terms, found, best, bands),
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
            "band": band.fillna(SILENT).astype(str),
            "margin": means["margin_"].reindex(now["customer_id"]).to_numpy(),
            "revenue": means["revenue_"].reindex(now["customer_id"]).to_numpy(),
            "revenue_last_year": sums.reindex(now["customer_id"]).to_numpy(),
        }
    )


class _Counted:
    """Sums by customer of what the ledger needs: periods and departures by band, people and money by cell."""

    def __init__(self, panel: pd.DataFrame, now: pd.DataFrame, bands: list[str], segments: list[str]):
        self.bands, self.segments = bands, segments
        self.size = len(segments) * len(bands)
        everyone = pd.Index(pd.concat([panel["customer_id"], now["customer_id"]]).unique()).sort_values()
        count, k = len(everyone), len(bands)
        who, band = (
            everyone.get_indexer(panel["customer_id"]),
            pd.Index(bands).get_indexer(panel["band"].astype(str)),
        )
        known = band >= 0
        place = who[known] * k + band[known]
        rows = np.bincount(place, minlength=count * k).reshape(count, k)
        lost = np.bincount(place, panel["is_lost"].to_numpy()[known], minlength=count * k).reshape(count, k)
        self.cell = pd.Index(segments).get_indexer(now["segment"]) * k + pd.Index(bands).get_indexer(
            now["band"]
        )
        mine = everyone.get_indexer(now["customer_id"])
        there, margin, revenue = (np.zeros((count, self.size)) for _ in range(3))
        there[mine, self.cell] = 1
        margin[mine, self.cell], revenue[mine, self.cell] = now["margin"], now["revenue"]
        self.sums = np.concatenate([rows, lost, there, margin, revenue], axis=1)
        self.people = there.sum(axis=0)
        self.revenue = np.bincount(self.cell, now["revenue_last_year"], minlength=self.size)

    def drawn(
        self, terms: ContractTerms, a_year: int, draws: int, seed: int
    ) -> tuple[dict[str, np.ndarray], int]:
        """Each part by cell in the sample (row 0) and in draws of customers (1 + D, C); the place of the top band."""
        k, c, rng = len(self.bands), self.size, np.random.default_rng(seed)
        sums = np.empty((draws + 1, self.sums.shape[1]))
        sums[0] = self.sums.sum(axis=0)
        count = len(self.sums)
        for start in range(1, draws + 1, BLOCK):
            size = min(BLOCK, draws + 1 - start)
            picked = rng.integers(0, count, (size, count)) + count * np.arange(size)[:, None]
            weights = np.bincount(picked.ravel(), minlength=size * count).reshape(size, count)
            sums[start : start + size] = weights.astype(float) @ self.sums
        rows, lost = sums[:, :k], sums[:, k : 2 * k]
        there, margin, revenue = (sums[:, 2 * k + i * c : 2 * k + (i + 1) * c] for i in range(3))
        with np.errstate(divide="ignore", invalid="ignore"):
            self.stay = np.where(rows > 0, 1 - lost / rows, np.nan)
            margin, revenue = np.where(there > 0, margin / there, 0), np.where(there > 0, revenue / there, 0)
        answered = [i for i, b in enumerate(self.bands) if b != SILENT] or list(range(k))
        best = answered[-1]  # named beforehand: the best of several by their figures would be luck in part
        return self._parts(margin, revenue, best, terms, a_year), best

    def _parts(
        self, margin: np.ndarray, revenue: np.ndarray, best: int, terms: ContractTerms, a_year: int
    ) -> dict[str, np.ndarray]:
        stay = np.tile(self.stay, len(self.segments))
        top = np.broadcast_to(self.stay[:, [best]], stay.shape)
        worth, kept, whole = (
            self.people * present_value(r, margin, terms) for r in (stay, top, np.ones_like(stay))
        )
        going = sum(1 - stay**p for p in range(a_year))
        return {
            "value": worth,
            "upside": kept - worth,
            "downside": whole - worth,
            "revenue_at_stake": self.people * revenue * going,
        }


def _framed(
    found: dict[str, np.ndarray],
    people: np.ndarray,
    revenue: np.ndarray,
    index: pd.Index,
    hidden: np.ndarray,
    confidence: float,
) -> pd.DataFrame:
    tail = (1 - confidence) / 2
    table = pd.DataFrame({"n": people.astype(int), "revenue": revenue}, index=index)
    for part in PARTS:
        table[part] = found[part][0]
        table[f"{part}_low"], table[f"{part}_high"] = np.nanquantile(
            found[part][1:], [tail, 1 - tail], axis=0
        )
    table["suppressed"] = hidden
    table.loc[hidden, table.columns[1:-1]] = np.nan
    return table


def hidden_cells(people: np.ndarray, small: int) -> np.ndarray:
    """Which cells (S, B) to hide: those with fewer than `small`, and the smallest beside one alone in its line.

    What a sum less all other cells would tell is as good as shown.
    """
    hidden = (people > 0) & (people < small)
    changed = True
    while changed:
        changed = False
        for lines in (hidden, hidden.T):
            counts = people if lines is hidden else people.T
            for line, count in zip(lines, counts, strict=True):
                rest = np.where(~line & (count > 0), count, np.inf)
                if line.sum() == 1 and np.isfinite(rest).any():
                    line[rest.argmin()] = changed = True
    return hidden


def _rolled(
    found: dict[str, np.ndarray],
    counted: _Counted,
    axis: int,
    names: list[str],
    small: int,
    confidence: float,
) -> pd.DataFrame:
    """Sums over segments (axis 1) or bands (axis 0), and of all."""
    shape = (len(counted.segments), len(counted.bands))
    over = 1 - axis
    rolled = {p: np.column_stack([_summed(v, shape, over), v.sum(axis=1)]) for p, v in found.items()}
    people = np.append(counted.people.reshape(shape).sum(axis=over), counted.people.sum())
    year = np.append(counted.revenue.reshape(shape).sum(axis=over), counted.revenue.sum())
    hidden = np.append(hidden_cells(people[None, :-1], small)[0], people[-1] < small)
    return _framed(
        rolled, people, year, pd.Index([*names, TOTAL], name=("segment", "band")[axis]), hidden, confidence
    )


def _summed(values: np.ndarray, shape: tuple[int, int], over: int) -> np.ndarray:
    return values.reshape(len(values), *shape).sum(axis=1 + over)


def _accounts(
    now: pd.DataFrame, counted: _Counted, terms: ContractTerms, found: dict, best: int, bands: list[str]
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
