"""Amounts that are often 0: whether anything is bought, how much if so, and the two together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from linkage.errors import FitError, LinkError, TableError
from linkage.group_codes import without_gaps
from linkage.precision import check_seed
from linkage.regression.binary import logit_peak
from linkage.regression.contrasts import contrasts
from linkage.regression.covariance import settle
from linkage.regression.design import Design, build_design, codes_by_value
from linkage.regression.glm import GAMMA, LOGIT, GlmFit, check_design, glm_result, maximise, refit
from linkage.regression.result import check_confidence, left_out
from linkage.results import Result


@dataclass(frozen=True, eq=False, repr=False)
class TwoPartFit(Result):
    """A chance of any amount times the mean amount where there is one.

    estimates : one row a driver or category, average change of the mean amount (zeros counted) in its own
        unit; row "(mean)" is the mean amount itself. Standard error, percentile interval and p-value by the
        bootstrap of whole clusters (of rows without one).
    any, amount : the two fits. n_used, n_positive, n_dropped : rows; with an amount above 0; incomplete.
    """

    outcome: str
    formula: str
    method: str
    estimates: pd.DataFrame
    any: GlmFit
    amount: GlmFit
    n_used: int
    n_positive: int
    n_dropped: int
    clusters: int | None
    errors: str
    weights: str | None
    confidence: float
    references: Mapping[str, object]

    def predict(self, table: pd.DataFrame) -> pd.DataFrame:
        """The mean amount of each row (zeros counted), and the two parts it is the product of."""
        chance, amount = self.any.predict(table)["estimate"], self.amount.predict(table)["estimate"]
        return pd.DataFrame({"estimate": chance * amount, "any": chance, "amount": amount})

    def summary(self) -> str:
        lines = [f"{self.method} of {self.outcome} ({self.errors})."]
        lines += [
            f"{name}: {row.estimate:+.4g} ({self.confidence:.0%} interval {row.low:+.4g} to {row.high:+.4g})."
            for name, row in self.estimates.iterrows()
        ]
        counts = (
            f"(n = {self.n_used:,}, {self.n_positive:,} above 0; {left_out(self.n_dropped, self.weights)}.)"
        )
        return " ".join([*lines, counts])


def fit_two_part(
    table: pd.DataFrame,
    formula: str,
    *,
    cluster: str | None = None,
    weights: str | None = None,
    confidence: float = 0.95,
    seed: int = 0,
    draws: int = 499,
    reference: Mapping[str, object] | None = None,
) -> TwoPartFit:
    """Fit an amount of 0 or more: a logit of "above 0", and a Gamma with log link of the amounts above 0.

    Mean = chance x amount; its average effects follow by the product rule through both parts. Arguments as in
    fit_linear; draws : how many bootstrap samples of whole clusters (of rows without a cluster).

    Raises TableError for negative amounts, FitError where a part has no maximum. Source: Duan, Manning, Morris
    and Newhouse 1983; Belotti, Deb, Manning and Norton 2015 (effects).
    """
    check_confidence(confidence)
    if cluster is not None and not isinstance(cluster, str):
        raise LinkError("fit_two_part bootstraps one cluster column. Name the coarser one.")
    design = build_design(table, formula, cluster=cluster, weights=weights, reference=reference)
    _check_amounts(design)
    any_design, amount_design = _parts(design)
    check_design(amount_design)
    any_peak, amount_peak = logit_peak(any_design), maximise(amount_design, GAMMA)
    asked = settle("auto", design.cluster, weighted=weights is not None)
    moves = list(contrasts(design))
    point = _mean_and_effects(design, moves, any_peak.values, amount_peak.values, design.weight_array)
    sampled = _bootstrap(design, moves, (any_peak.values, amount_peak.values), draws, seed)
    whole, k = design.cluster[0] if design.cluster else "row", len(sampled)
    return TwoPartFit(
        outcome=design.recipe.outcome,
        formula=formula,
        method="Two-part model (logit x Gamma with log link)" + (", weighted" if weights else ""),
        estimates=_table(["(mean)", *(move.name for move in moves)], point, sampled, confidence),
        any=glm_result(any_design, any_peak, LOGIT, asked, confidence),
        amount=glm_result(amount_design, amount_peak, GAMMA, asked, confidence),
        n_used=len(design.y),
        n_positive=len(amount_design.y),
        n_dropped=design.n_dropped,
        clusters=design.cluster_counts[0] if design.cluster else None,
        errors=f"bootstrap of each {whole} whole, percentile intervals, {k:,} of {draws:,} draws usable",
        weights=weights,
        confidence=confidence,
        references=design.recipe.references,
    )


def _check_amounts(design: Design) -> None:
    wrong = design.y[design.y < 0]
    if len(wrong):
        raise TableError(
            f"{design.recipe.outcome!r} must be 0 or more; {len(wrong):,} values are not, for example {wrong[0]:g}. "
            "Keep refunds apart from purchases."
        )
    if (design.y > 0).all():
        raise FitError(f"{design.recipe.outcome!r} is above 0 in every complete row: use fit_positive.")


def _parts(design: Design) -> tuple[Design, Design]:
    """The same rows with the flag "above 0" as outcome, and the rows above 0 alone."""
    above = design.y > 0
    w = None if design.w is None else design.w[above] / design.w[above].mean()
    amount = replace(
        design,
        y=design.y[above],
        x=design.x[above],
        groups=tuple(without_gaps(codes[above]) for codes in design.groups),
        w=w,
        kept=design.kept[above],
        rows=design.rows[above],
    )
    return replace(design, y=above.astype("float64")), amount


def _mean_and_effects(design, moves, any_values, amount_values, w) -> np.ndarray:
    """The weighted mean of chance x amount, and its average change for every move: (1 + moves,)."""

    def product(x: np.ndarray) -> np.ndarray:
        return LOGIT.mean(x @ any_values) * np.exp(x @ amount_values)

    share = w / w.sum()
    effects = [share @ ((product(move.high) - product(move.low)) / move.distance) for move in moves]
    return np.array([share @ product(design.x), *effects])


def _bootstrap(design: Design, moves, start, draws: int, seed: int) -> np.ndarray:
    """Mean and effects in samples of whole clusters drawn with replacement: (usable draws, 1 + moves)."""
    codes = design.groups[0] if design.groups else codes_by_value(design)
    count, above = int(codes.max()) + 1, design.y > 0
    check_seed(seed)
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(draws):
        w = design.weight_array * np.bincount(rng.integers(0, count, count), minlength=count)[codes]
        any_values = refit(LOGIT, above.astype("float64"), design.x, w, start[0])
        amount_values = refit(GAMMA, design.y[above], design.x[above], w[above], start[1])
        found.append(_mean_and_effects(design, moves, any_values, amount_values, w))
    usable = np.array([row for row in found if np.isfinite(row).all()])
    if len(usable) < 0.95 * draws:
        raise FitError(
            f"{draws - len(usable):,} of {draws:,} bootstrap samples of {design.recipe.outcome!r} have no fit: too "
            "few clusters or amounts above 0 for these terms. Ask with fewer terms."
        )
    return usable


def _table(names: list[str], point: np.ndarray, sampled: np.ndarray, confidence: float) -> pd.DataFrame:
    tail = (1 - confidence) / 2
    low, high = np.quantile(sampled, [tail, 1 - tail], axis=0)
    beyond = np.minimum((sampled <= 0).sum(axis=0), (sampled >= 0).sum(axis=0))
    columns = {
        "estimate": point,
        "std_error": sampled.std(axis=0, ddof=1),
        "p_value": np.minimum(1.0, 2 * (1 + beyond) / (1 + len(sampled))),
        "low": low,
        "high": high,
    }
    table = pd.DataFrame(columns, index=pd.Index(names, name="driver"))
    table.loc["(mean)", "p_value"] = np.nan  # that a mean amount is 0 is no question
    return table
