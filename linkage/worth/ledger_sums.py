"""The sums behind the keep and lose ledger: by customer once, by cell in every draw of customers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from linkage.value.contract import ContractTerms, present_value
from linkage.worth.people import SILENT

BLOCK = 50
PARTS = ("value", "upside", "downside", "revenue_at_stake")
TOTAL = "all"


class Counted:
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


def framed(
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


def rolled(
    found: dict[str, np.ndarray],
    counted: Counted,
    axis: int,
    names: list[str],
    hidden: np.ndarray,
    confidence: float,
) -> pd.DataFrame:
    """Sums over segments (axis 1) or bands (axis 0), and of all. hidden (K + 1,) : which of them, that of all last."""
    shape = (len(counted.segments), len(counted.bands))
    over = 1 - axis
    rolled = {p: np.column_stack([summed(v, shape, over), v.sum(axis=1)]) for p, v in found.items()}
    people = np.append(counted.people.reshape(shape).sum(axis=over), counted.people.sum())
    year = np.append(counted.revenue.reshape(shape).sum(axis=over), counted.revenue.sum())
    return framed(
        rolled, people, year, pd.Index([*names, TOTAL], name=("segment", "band")[axis]), hidden, confidence
    )


def summed(values: np.ndarray, shape: tuple[int, int], over: int) -> np.ndarray:
    return values.reshape(len(values), *shape).sum(axis=1 + over)
