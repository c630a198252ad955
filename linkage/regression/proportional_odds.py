"""Whether one slope serves all cuts of an ordered outcome: likelihood ratio, and logits side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from linkage.errors import FitError
from linkage.regression.binary import logit_peak
from linkage.regression.covariance import Errors, score_meat, settle
from linkage.regression.cumulative import CURVES
from linkage.regression.design import Design
from linkage.regression.glm import Peak
from linkage.regression.ordered import cut_names, free_slopes_gain, ordered_design, slope_names
from linkage.regression.result import check_confidence, estimate_table
from linkage.results import Result

ALL_TERMS = "(all terms)"


@dataclass(frozen=True, eq=False, repr=False)
class ProportionalOdds(Result):
    """Whether the slopes of an ordered logit are the same at every cut.

    tests : one row a term of the formula, and "(all terms)": lr_statistic, df, lr_p_value (against slopes of
        its own at every cut; only where rows are independent and unweighted, else missing), wald_statistic
        (an F), wald_p_value (equal slopes of the logits at every cut, errors as named). Missing where a fit
        does not exist.
    estimates : one row a term and cut: the slope of the logit of "above the cut".
    """

    main_table = "tests"

    outcome: str
    formula: str
    tests: pd.DataFrame
    estimates: pd.DataFrame
    n_used: int
    n_dropped: int
    errors: str
    confidence: float

    def side_by_side(self) -> pd.DataFrame:
        """The slopes, one row a term and one column a cut."""
        return self.estimates["estimate"].unstack("cut", sort=False)

    def summary(self) -> str:
        row = self.tests.loc[ALL_TERMS]
        p, test = (
            (row.wald_p_value, "Wald") if np.isnan(row.lr_p_value) else (row.lr_p_value, "likelihood ratio")
        )
        if np.isnan(p):
            return f"Whether one slope serves all cuts of {self.outcome} could not be tested (n = {self.n_used:,})."
        found = (
            "The slopes differ from cut to cut more than chance does"
            if p < 0.05
            else "One slope may serve all cuts"
        )
        return f"{found} of {self.outcome} ({test} test, p = {p:.3f}; {self.errors}; n = {self.n_used:,})."


def check_proportional_odds(
    table: pd.DataFrame,
    formula: str,
    *,
    order: Sequence[object] | None = None,
    cluster: str | None = None,
    errors: str | Errors = "auto",
    weights: str | None = None,
    counts: str | None = None,
    confidence: float = 0.95,
    reference: Mapping[str, object] | None = None,
) -> ProportionalOdds:
    """Test the one assumption of an ordered logit in two ways; the arguments are those of fit_ordered.

    A likelihood ratio against a slope of its own at every cut (partial proportional odds: Peterson and Harrell
    1990), and the binary logits of "above the cut" side by side with a joint Wald test of equal slopes (after
    Brant 1990; here with the sandwich of all cuts together, so that clusters and weights count).
    """
    check_confidence(confidence)
    design = ordered_design(
        table, formula, order=order, cluster=cluster, weights=weights, counts=counts, reference=reference
    )
    asked = settle(errors, design.cluster, weighted=weights is not None)
    independent = not design.cluster and weights is None
    peaks = _logits_at_cuts(design)
    slopes, matrix, df, words = _stacked(design, peaks, asked)
    groups = {**design.recipe.term_groups, ALL_TERMS: slope_names(design)}
    rows = {
        name: {
            **_likelihood_ratio(design, terms, independent),
            **_wald(design, terms, slopes, matrix, df),
        }
        for name, terms in groups.items()
    }
    tests = pd.DataFrame.from_dict(rows, orient="index").rename_axis("term")
    return ProportionalOdds(
        outcome=design.recipe.outcome,
        formula=formula,
        tests=tests[["lr_statistic", "df", "lr_p_value", "wald_statistic", "wald_p_value"]],
        estimates=_slope_table(design, slopes, matrix, df, confidence),
        n_used=len(design.y),
        n_dropped=design.n_dropped,
        errors=words,
        confidence=confidence,
    )


def _logits_at_cuts(design: Design) -> list[Peak | None]:
    """The logit of lying above each cut; None where a term separates it."""

    def at(cut: int) -> Peak | None:
        try:
            return logit_peak(replace(design, y=(design.y > cut).astype("float64")))
        except FitError:
            return None

    return [at(cut) for cut in range(len(design.outcome_levels) - 1)]


def _stacked(design: Design, peaks: Sequence[Peak | None], asked: Errors):
    """All logits as one system: slopes (cuts, k), their joint covariance, degrees of freedom, words."""
    keep = [i for i, name in enumerate(design.recipe.names) if name != "Intercept"]
    n, k = design.x.shape
    slopes = np.array([np.full(len(keep), np.nan) if p is None else p.values[keep] for p in peaks])
    influence = np.hstack(
        [
            np.full((n, len(keep)), np.nan) if p is None else (p.scores @ p.bread @ p.back.T)[:, keep]
            for p in peaks
        ]
    )
    robust = asked if asked.kind != "iid" else Errors("HC0")
    spread = score_meat(influence, robust, design.groups, k, design.cluster)
    return slopes, spread.matrix, float(spread.df), spread.words


def _places(design: Design, terms: Sequence[str]) -> list[int]:
    names = slope_names(design)
    return [names.index(name) for name in terms]


def _likelihood_ratio(design: Design, terms: Sequence[str], independent: bool) -> dict[str, float]:
    from scipy.special import chdtrc

    df = len(terms) * (len(design.outcome_levels) - 2)
    if not independent:
        return {"lr_statistic": np.nan, "df": df, "lr_p_value": np.nan}
    try:
        gain = free_slopes_gain(design, CURVES["logit"], terms)
    except FitError:
        gain = np.nan
    return {"lr_statistic": gain, "df": df, "lr_p_value": float(chdtrc(df, gain))}


def _wald(design: Design, terms: Sequence[str], slopes, matrix, df: float) -> dict[str, float]:
    from scipy.special import fdtrc

    places, k = _places(design, terms), slopes.shape[1]
    first, *others = [cut for cut, row in enumerate(slopes) if np.isfinite(row).all()] or [0]
    nothing = {"wald_statistic": np.nan, "wald_p_value": np.nan}
    if not others:
        return nothing
    contrast = np.zeros((len(others) * len(places), slopes.size))
    for row, (cut, place) in enumerate((cut, place) for cut in others for place in places):
        contrast[row, cut * k + place], contrast[row, first * k + place] = 1.0, -1.0
    used = np.isfinite(slopes.ravel())
    contrast, known, spread = contrast[:, used], slopes.ravel()[used], matrix[np.ix_(used, used)]
    apart, spread = contrast @ known, contrast @ spread @ contrast.T
    if np.linalg.cond(spread) > 1e12:  # fewer clusters than slopes to compare
        return nothing
    statistic = float(apart @ np.linalg.solve(spread, apart)) / len(contrast)
    return {"wald_statistic": statistic, "wald_p_value": float(fdtrc(len(contrast), df, statistic))}


def _slope_table(design: Design, slopes, matrix, df: float, confidence: float) -> pd.DataFrame:
    names = [(name, cut) for cut in cut_names(design) for name in slope_names(design)]
    table = estimate_table(range(len(names)), slopes.ravel(), matrix, df=df, confidence=confidence)
    return table.set_index(pd.MultiIndex.from_tuples(names, names=["term", "cut"]))
