"""Answers within customers, customers within units: is the link one within them, or one between them?"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from linkage.cards.parts.correcting import holm
from linkage.cards.parts.held import Held, as_sample, basis_of, interval
from linkage.errors import FitError
from linkage.group_codes import crossed
from linkage.limits.forms import DIFFERENCE, NESTED_GROUPS, NESTED_SHARE, NESTING_P
from linkage.refuting.sample import LinkSample
from linkage.results import Result
from linkage.sentences import CLUSTER_NOUNS, signed
from linkage.study_file.declaration import LinkSpec

NESTS = ("customer_id", "employee_id", "unit_id")
"""Columns whose groups may hold several rows, besides the link's cluster."""


@dataclass(frozen=True, eq=False, repr=False)
class Nesting(Result):
    """A link's main slope within the groups of each nesting, and between them.

    estimates : rows by nesting and part (within, between, difference: between less within), with estimate,
        std_error, low, high, p_value, df. Outcome units per driver unit.
    nestings : one row a nesting: groups, rows a group, between_share (of the driver's variance), p_value (that within
        and between agree), p_adjusted (over the nestings, Holm), differs, turns (signs shown to be opposite), clusters.
    """

    outcome: str
    driver: str
    estimates: pd.DataFrame
    nestings: pd.DataFrame
    n_used: int
    method: str
    confidence: float

    @property
    def is_ecological(self) -> bool:
        """Whether within and between differ in some nesting by more than their errors, or in sign."""
        return bool(self.nestings["differs"].any())

    def summary(self) -> str:
        return " ".join(self.sentence(name) for name in self.nestings.index)

    def sentence(self, name: str) -> str:
        """Both slopes of a nesting, and the warning where they differ."""
        row, own = self.nestings.loc[name], self.estimates.loc[name]
        nouns = CLUSTER_NOUNS.get(name, f"groups of {name}")
        within, between = (
            f"{signed(own.loc[part, 'estimate'])} ({signed(own.loc[part, 'low'])} to {signed(own.loc[part, 'high'])})"
            for part in ("within", "between")
        )
        text = (
            f"Among rows of the same of {row['groups']:,} {nouns} one more of {self.driver} goes with {within} of "
            f"{self.outcome}, between {nouns} with {between}."
        )
        if not row["differs"]:
            return f"{text} That the two agree is not ruled out."
        how = "have opposite signs" if row["turns"] else "differ by more than their errors"
        return f"{text} They {how}: what {nouns} have on average does not tell what a change within one does."


def nesting_of(
    rows: pd.DataFrame | LinkSample, spec: LinkSpec, *, confidence: float = 0.95
) -> Nesting | None:
    """Wherever rows are nested: the link within groups, between them, and whether the two differ.

    rows : a link's rows, or the sample of its fit. Nestings: the link's cluster and the customers, employees and
    units that its rows name, each where at least ten groups hold several rows and the driver moves both within
    and between them. None where there is no such nesting, or the driver is a category.

    Every regressor and its group mean in one fit (Mundlak 1978, p. 71): the driver's own coefficient is its within
    slope, with its mean's the between slope. Errors clustered by the nesting, and by the link's clusters where
    these are no part of it (Cameron, Gelbach and Miller 2011). Raises what `fit_linear` raises.
    """
    sample = as_sample(rows, spec, confidence)
    if sample.main != sample.drivers[0]:
        return None
    tables, lines = {}, {}
    for name in _candidates(sample):
        made = _split(sample, name)
        if made is not None:
            tables[name], lines[name] = made
    if not tables:
        return None
    nestings = pd.DataFrame.from_dict(lines, orient="index").rename_axis("nesting")
    nestings["p_adjusted"] = holm(nestings["p_value"].to_numpy(dtype=float))
    nestings["differs"] = (nestings["p_adjusted"] < NESTING_P) & nestings.pop("is_large")
    nestings["turns"] &= nestings["differs"]
    return Nesting(
        outcome=sample.outcome,
        driver=sample.drivers[0],
        estimates=pd.concat(tables, names=["nesting", "part"]),
        nestings=nestings,
        n_used=len(sample.y),
        method="every regressor and its group mean by least squares (Mundlak 1978), errors clustered",
        confidence=sample.confidence,
    )


def _candidates(sample: LinkSample) -> list[str]:
    named = [sample.cluster, *NESTS] if sample.cluster else list(NESTS)
    return [name for name in dict.fromkeys(named) if name in sample.table]


def _split(sample: LinkSample, name: str) -> tuple[pd.DataFrame, dict[str, object]] | None:
    """Slopes within and between the groups of a column, over the rows that name one."""
    known = sample.table[name].notna().to_numpy()
    sample = sample if known.all() else _subset(sample, known)
    if len(sample.y) < 3 * NESTED_GROUPS:
        return None
    codes = pd.factorize(sample.table[name])[0]
    count = np.bincount(codes)
    share = _between_share(sample, codes)
    if (count > 1).sum() < NESTED_GROUPS or not NESTED_SHARE <= share <= 1 - NESTED_SHARE:
        return None
    try:
        table, clusters = _slopes(sample, codes)
    except FitError:
        return None
    within, between = table.loc["within"], table.loc["between"]
    turns = (within["low"] > 0 and between["high"] < 0) or (within["high"] < 0 and between["low"] > 0)
    return table, {
        "groups": len(count),
        "rows_a_group": len(codes) / len(count),
        "between_share": share,
        "p_value": float(table.loc["difference", "p_value"]),
        "turns": bool(turns),
        "is_large": bool(
            abs(table.loc["difference", "estimate"])
            >= DIFFERENCE * max(abs(within["estimate"]), abs(between["estimate"]))
        ),
        "clusters": clusters,
    }


def _subset(sample: LinkSample, kept: np.ndarray) -> LinkSample:
    return replace(
        sample,
        table=sample.table[kept].reset_index(drop=True),
        x=sample.x[kept],
        y=sample.y[kept],
        weights=None if sample.weights is None else sample.weights[kept],
        groups=pd.factorize(sample.groups[kept])[0],
    )


def _weights(sample: LinkSample) -> np.ndarray:
    return np.ones(len(sample.y)) if sample.weights is None else sample.weights


def _group_means(columns: np.ndarray, codes: np.ndarray, w: np.ndarray) -> np.ndarray:
    """The mean of each column (n, m) in each row's group."""
    total = np.bincount(codes, w)
    return np.column_stack([(np.bincount(codes, w * c) / total)[codes] for c in columns.T])


def _between_share(sample: LinkSample, codes: np.ndarray) -> float:
    """The share of the driver's variance that lies between groups."""
    x, w = sample.x[:, sample.place], _weights(sample)
    middle = np.average(x, weights=w)
    whole = w @ (x - middle) ** 2
    between = w @ (_group_means(x[:, None], codes, w)[:, 0] - middle) ** 2
    return float(between / whole) if whole > 0 else float("nan")


def _slopes(sample: LinkSample, codes: np.ndarray) -> tuple[pd.DataFrame, int]:
    """within, between and difference; and how many clusters their errors rest on."""
    w = _weights(sample)
    root, driver = np.sqrt(w), sample.x[:, sample.place]
    rest = np.delete(sample.x, sample.place, axis=1)
    means = _group_means(rest, codes, w)
    moving = ((rest - means) ** 2).sum(axis=0) > 1e-9 * (rest**2).sum(axis=0)
    # A mean varies only between groups: with few of them there is no room for those of the other regressors.
    room = codes.max() + 1 - moving.sum() >= 2 * NESTED_GROUPS
    beside = np.column_stack([rest, means[:, moving]]) if room else rest
    held = Held(
        driver=driver,
        outcome=sample.y,
        basis=basis_of(beside * root[:, None]),
        root=root,
        groups=_clusters(sample, codes),
        confidence=sample.confidence,
    )
    fit = held.fit(
        np.column_stack([driver - held.middle, _group_means(driver[:, None], codes, w) - held.middle])
    )
    take = np.array([[1.0, 0], [1, 1], [0, 1]])
    error = np.sqrt(np.diag(take @ fit.covariance[1:, 1:] @ take.T))
    rows = interval(take @ fit.coefficients, error, fit.df, held.confidence)
    return pd.DataFrame(rows, index=["within", "between", "difference"]), int(held.clusters)


def _clusters(sample: LinkSample, codes: np.ndarray) -> tuple[np.ndarray, ...]:
    """The coarser of nesting and cluster where one holds the other; else both."""
    if sample.cluster is None:
        return (codes,)
    own = sample.groups
    pairs = int(crossed(codes, own).max()) + 1
    if pairs == codes.max() + 1:
        return (own,)
    return (codes,) if pairs == own.max() + 1 else (codes, own)
