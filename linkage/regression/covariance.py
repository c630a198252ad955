"""How sure: covariances of estimates from their scores, by kind of error, and the words that name them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from linkage.errors import FitError, LinkError, TooFewRowsError
from linkage.group_codes import crossed

KINDS = ("auto", "iid", "HC0", "HC1", "HC2", "HC3", "CR1", "CR3", "HAC", "wild")


@dataclass(frozen=True)
class Errors:
    """Which kind of standard error, and its conventions. Where a name is enough, pass the name: errors="HC3".

    kind : one of KINDS. "auto" is HC1 without clusters; with clusters CR1 with t(G-1), and the wild cluster
        bootstrap besides for the drivers where there are fewer than 40 clusters.
    lags : HAC only, the number of lags; None for floor(4 (T/100)^(2/9)). adjusted : HAC only, times n/(n-k).
    two_way : the third term of two clusters. "clusters" subtracts the clusters of both, each term with its own
        G/(G-1) (Cameron, Gelbach and Miller 2011, sec. 2); "white" subtracts single rows without a factor
        (Petersen 2009; multi0 of the R package sandwich).
    draws : of the wild bootstrap.
    """

    kind: str = "auto"
    lags: int | None = None
    adjusted: bool = True
    two_way: str = "clusters"
    draws: int = 9_999

    def __post_init__(self):
        if self.kind not in KINDS:
            raise LinkError(f"errors={self.kind!r} is unknown. Choose one of: {', '.join(KINDS)}.")
        if self.two_way not in ("clusters", "white"):
            raise LinkError(f"two_way={self.two_way!r} is unknown. Choose 'clusters' or 'white'.")


@dataclass(frozen=True, eq=False)
class Spread:
    """A covariance in coordinates of the caller, its degrees of freedom and its name in words."""

    matrix: np.ndarray
    df: float
    words: str


def settle(errors: str | Errors, cluster: Sequence[str], *, weighted: bool) -> Errors:
    """The kind that "auto" stands for; refuses kinds that contradict the clusters or the weights."""
    asked = Errors(errors) if isinstance(errors, str) else errors
    kind = asked.kind if asked.kind != "auto" else ("CR1" if cluster else "HC1")
    if kind in ("CR1", "CR3", "wild") and not cluster:
        raise LinkError(f"errors={kind!r} needs cluster=, the column whose rows belong together.")
    if kind not in ("CR1", "CR3", "wild") and cluster:
        raise LinkError(
            f"errors={kind!r} ignores cluster={', '.join(cluster)}. Use 'auto', or leave cluster out."
        )
    if kind in ("CR3", "wild") and len(cluster) > 1:
        raise LinkError(f"errors={kind!r} takes one cluster column, not {len(cluster)}. Use 'CR1'.")
    if len(cluster) > 2:
        raise LinkError(f"At most two cluster columns, not {len(cluster)}: {', '.join(cluster)}.")
    if kind == "iid" and weighted:
        raise LinkError("Survey weights need robust errors: 'iid' would read a weight as so many rows.")
    return Errors(kind, asked.lags, asked.adjusted, asked.two_way, asked.draws)


def words_for(kind: str, cluster: Sequence[str] = ()) -> str:
    """The words that name a kind of error, the same wherever it is computed."""
    if cluster:
        remark = "CR3, jackknife" if kind == "CR3" else "CR1"
        return f"clustered by {' and '.join(cluster)} ({remark}), t(G-1)"
    return "equal variances (iid), t(n-k)" if kind == "iid" else f"{kind}, t(n-k)"


def row_sums(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Sums of the rows of `values` (n, k) within groups coded 0..G-1: (G, k)."""
    return np.column_stack([np.bincount(groups, weights=column) for column in values.T])


def rows_of(groups: np.ndarray) -> list[np.ndarray]:
    """The row positions of each group coded 0..G-1."""
    order = np.argsort(groups, kind="stable")
    return np.split(order, np.searchsorted(groups[order], np.arange(1, groups.max() + 1)))


def score_meat(
    scores: np.ndarray, asked: Errors, groups: Sequence[np.ndarray], k: int, cluster: Sequence[str] = ()
) -> Spread:
    """The middle of a sandwich from one score a row: HC0, HC1, CR1 (one or two clusters) or HAC.

    scores : (n, k) gradient of each row's fit. groups : cluster codes. k : number of coefficients.
    """
    n = len(scores)
    if groups:
        return _clustered_meat(scores, asked, groups, k, cluster)
    if asked.kind == "HAC":
        lags = int(4 * (n / 100) ** (2 / 9)) if asked.lags is None else asked.lags
        factor, adjusted = (n / (n - k), ", times n/(n-k)") if asked.adjusted else (1.0, "")
        words = f"HAC (Newey-West, {lags} lags in the order of the rows{adjusted}), t(n-k)"
        return Spread(factor * _bartlett_meat(scores, lags), n - k, words)
    if asked.kind not in ("HC0", "HC1"):
        raise LinkError(f"errors={asked.kind!r} is not offered for this model. Use 'auto', 'HC0' or 'HC1'.")
    factor = n / (n - k) if asked.kind == "HC1" else 1.0
    return Spread(factor * scores.T @ scores, n - k, words_for(asked.kind))


def _clustered_meat(scores, asked: Errors, groups, k: int, cluster: Sequence[str]) -> Spread:
    counts = [int(g.max()) + 1 for g in groups]
    for count, name in zip(counts, cluster, strict=True):
        check_clusters(count, name)
    rows_factor = (len(scores) - 1) / (len(scores) - k)
    meat = sum(_one_way(scores, g) for g in groups) * rows_factor
    words = words_for("CR1", cluster)
    if len(groups) == 2:
        both = crossed(*groups)
        both = np.arange(len(scores)) if asked.two_way == "white" else both
        meat = meat - (
            scores.T @ scores if asked.two_way == "white" else _one_way(scores, both) * rows_factor
        )
        third = (
            "single rows subtracted without a factor"
            if asked.two_way == "white"
            else "each term with G/(G-1)"
        )
        words = f"clustered by {cluster[0]} and {cluster[1]} (CR1, {third}), t(min G - 1)"
    return Spread(meat, min(counts) - 1, words)


def check_clusters(count: int, name: str) -> None:
    if count < 2:
        raise TooFewRowsError(f"All complete rows belong to one {name}: errors cannot be clustered by it.")


def _one_way(scores: np.ndarray, groups: np.ndarray) -> np.ndarray:
    sums = row_sums(scores, groups)
    return len(sums) / (len(sums) - 1) * sums.T @ sums


def _bartlett_meat(scores: np.ndarray, lags: int) -> np.ndarray:
    """Newey and West (1987): lag l counts with weight 1 - l/(L+1)."""
    meat = scores.T @ scores
    for lag in range(1, min(lags, len(scores) - 1) + 1):
        across = scores[lag:].T @ scores[:-lag]
        meat += (1 - lag / (lags + 1)) * (across + across.T)
    return meat


def leverage_meat(q: np.ndarray, residuals: np.ndarray, kind: str) -> Spread:
    """HC2 and HC3 for least squares (MacKinnon and White 1985), in the orthonormal coordinates of q (n, k)."""
    kept = 1 - np.einsum("ij,ij->i", q, q)
    if kept.min() < 1e-10:
        raise FitError(
            f"{(kept < 1e-10).sum():,} rows are fitted exactly by a coefficient of their own, so {kind} is not "
            "defined. Join the rare category with another, or use HC1."
        )
    power = 1.0 if kind == "HC3" else 0.5
    scores = q * (residuals / kept**power)[:, None]
    return Spread(scores.T @ scores, len(q) - q.shape[1], words_for(kind))


def jackknife_meat(q: np.ndarray, residuals: np.ndarray, groups: np.ndarray, cluster: str) -> Spread:
    """CR3, the jackknife over clusters about the estimate (Bell and McCaffrey 2002), in coordinates of q.

    Leaving cluster g out moves the coordinates by -(I - Q_g'Q_g)^-1 Q_g'e_g: no refit is needed.
    """
    count = int(groups.max()) + 1
    check_clusters(count, cluster)
    moves = np.empty((count, q.shape[1]))
    for g, rows in enumerate(rows_of(groups)):
        left = np.eye(q.shape[1]) - q[rows].T @ q[rows]
        if np.linalg.cond(left) > 1e12:
            raise FitError(
                f"Without one {cluster} the model cannot be estimated: a column varies only within it, so the "
                "jackknife (CR3) is not defined. Use errors='auto', or join it with another."
            )
        moves[g] = np.linalg.solve(left, q[rows].T @ residuals[rows])
    return Spread(
        (count - 1) / count * moves.T @ moves, count - 1, f"clustered by {cluster} (CR3, jackknife), t(G-1)"
    )


def positive_definite(covariance: np.ndarray) -> tuple[np.ndarray, bool]:
    """A two-way covariance can have a negative variance: then its negative eigenvalues are set to 0.

    Cameron, Gelbach and Miller (2011), p. 241. Judged on the scale of correlations. The second value says
    whether anything had to be changed.
    """
    variances = np.diag(covariance)
    if (variances > 0).all():
        return covariance, False
    scale = np.sqrt(np.abs(variances))
    scale = np.where(scale > 0, scale, 1.0)
    values, vectors = np.linalg.eigh(covariance / np.outer(scale, scale))
    return (vectors * np.maximum(values, 0)) @ vectors.T * np.outer(scale, scale), True
