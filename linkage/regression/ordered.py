"""Ordered answers (1 to 5, low to high): which way a driver moves the shares of the categories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pandas as pd

from linkage.errors import FitError, LinkError, TableError
from linkage.regression.contrasts import average_effects
from linkage.regression.covariance import Errors, settle
from linkage.regression.cumulative import CURVES, Curve, CutDesign, CutPeak, between, climb, cut_design
from linkage.regression.design import Design, build_design
from linkage.regression.formula import is_text, parse_formula
from linkage.regression.glm import Peak, likelihood_spread
from linkage.regression.guards import check_rows, check_scaled, standardise
from linkage.regression.result import Fit, check_confidence, estimate_table, shared_fields
from linkage.regression.separation import EXTREME, check_separation
from linkage.rows import as_numbers, require_columns


@dataclass(frozen=True, eq=False, repr=False)
class OrderedFit(Fit):
    """A fit of ordered categories. Beside what every Fit has:

    estimates : slopes on the scale of the link; a positive one goes with higher categories.
    thresholds : one row a cut ("1|2"), same columns. covariance : of slopes and thresholds together.
    effects : one row a driver and category: average change of the share of that category (0 to 1).
    levels : the categories from low to high. link : "logit" or "probit".
    pseudo_r_squared : 1 - log-likelihood / log-likelihood without terms (McFadden 1974).
    """

    thresholds: pd.DataFrame
    effects: pd.DataFrame
    levels: tuple
    link: str
    log_likelihood: float
    pseudo_r_squared: float

    def predict(self, table: pd.DataFrame) -> pd.DataFrame:
        """The chance of each category, one column a category; missing if the row is incomplete."""
        complete = self.recipe.complete(table)
        x = _without_intercept(self.recipe, self.recipe.matrix(table[complete]))
        eta = self.thresholds["estimate"].to_numpy() - (x @ self.estimates["estimate"].to_numpy())[:, None]
        chances = _chances(CURVES[self.link], eta)
        return pd.DataFrame(chances, index=table.index[complete], columns=list(self.levels)).reindex(
            table.index
        )

    def summary(self) -> str:
        lines = [
            f"{self.method} of {self.outcome} ({self.errors}). Change of the share of {self.levels[-1]}:"
        ]
        lines += [
            f"{name}: {row.estimate:+.4g} ({self.confidence:.0%} interval {row.low:+.4g} to {row.high:+.4g})."
            for name, row in self.effects.xs(self.levels[-1], level="category").iterrows()
        ]
        return " ".join([*lines, self._rows_sentence()])


def fit_ordered(
    table: pd.DataFrame,
    formula: str,
    *,
    link: str = "logit",
    order: Sequence[object] | None = None,
    cluster: str | Sequence[str] | None = None,
    errors: str | Errors = "auto",
    weights: str | None = None,
    counts: str | None = None,
    confidence: float = 0.95,
    reference: Mapping[str, object] | None = None,
) -> OrderedFit:
    """Fit ordered categories by cumulative chances: P(Y <= j) = F(threshold_j - x'b), F logistic or normal.

    order : the categories from low to high, where the column is neither numeric nor an ordered categorical.
    counts : a column that says how many answers a row stands for (a table of counts, not survey weights).
    The other arguments are those of fit_linear; errors may be "auto", "iid", "HC0", "HC1" or "CR1".

    Newton's method on the exact likelihood; effects by the delta method. One slope for all cuts is an
    assumption: check_proportional_odds looks at it. Source: McCullagh 1980, JRSS-B 42, pp. 109-142.
    """
    check_confidence(confidence)
    if link not in CURVES:
        raise LinkError(f"link={link!r} is unknown. Choose 'logit' or 'probit'.")
    design = ordered_design(
        table, formula, order=order, cluster=cluster, weights=weights, counts=counts, reference=reference
    )
    asked = settle(errors, design.cluster, weighted=weights is not None)
    peak = ordered_peak(design, CURVES[link])
    inner, df, words = likelihood_spread(peak, design, asked)
    matrix = peak.back @ inner @ peak.back.T
    names, cuts = slope_names(design), cut_names(design)
    table_of = estimate_table([*cuts, *names], peak.values, matrix, df=df, confidence=confidence)
    fields = shared_fields(design, f"Ordered {link}", confidence)
    return OrderedFit(
        **fields,
        estimates=table_of.loc[names],
        thresholds=table_of.loc[cuts].rename_axis("cut"),
        covariance=pd.DataFrame(matrix, index=table_of.index, columns=table_of.index),
        errors=words + (f"; rows repeated by {counts}" if counts else ""),
        fitted=None,
        residuals=None,
        effects=_effects(design, peak, inner, CURVES[link], df, confidence),
        levels=design.outcome_levels,
        link=link,
        log_likelihood=peak.log_likelihood,
        pseudo_r_squared=peak.pseudo_r_squared,
    )


def ordered_design(table, formula, *, order, cluster, weights, counts, reference) -> Design:
    """The design of an ordered outcome: categories as codes 0..J-1, rows repeated by their counts."""
    (term,) = parse_formula(formula).lhs
    (factor,) = term.factors
    require_columns(table, [factor.expr, *([counts] if counts else [])])
    table = table.assign(**{factor.expr: _in_order(table[factor.expr], order)})
    positions = np.arange(len(table))
    if counts:
        positions = np.repeat(positions, _repeats(table[counts]))
        table = table.iloc[positions]
    design = build_design(
        table, formula, cluster=cluster, weights=weights, reference=reference, ordered_outcome=True
    )
    if not design.recipe.has_intercept:
        raise LinkError(
            f"{formula!r}: an ordered fit has thresholds for an intercept. Leave the 0 or -1 out."
        )
    if len(design.outcome_levels) < 3:
        raise FitError(
            f"{factor.expr!r} has {len(design.outcome_levels)} categories in the complete rows "
            f"({', '.join(map(str, design.outcome_levels))}); an ordered fit needs three. Use fit_logit for two."
        )
    check_rows(len(design.y), [*cut_names(design), *slope_names(design)])
    return replace(design, kept=positions[design.kept])


def _in_order(values: pd.Series, order: Sequence[object] | None) -> pd.Series:
    if order is not None:
        unknown = values.dropna()[~values.dropna().isin(list(order))]
        if len(unknown):
            raise TableError(
                f"{values.name!r} holds {unknown.iloc[0]!r} in {(values == unknown.iloc[0]).sum():,} rows, which "
                f"order does not name: {', '.join(map(str, order))}."
            )
        return values.astype(pd.CategoricalDtype(list(order), ordered=True))
    if isinstance(values.dtype, pd.CategoricalDtype) and values.cat.ordered:
        return values
    if is_text(values):
        known = ", ".join(map(str, sorted(values.dropna().unique())[:6]))
        raise LinkError(f"{values.name!r} is text ({known}): say order=[...] from low to high.")
    return values


def _repeats(values: pd.Series) -> np.ndarray:
    numbers = as_numbers(values).fillna(0)
    wrong = numbers[(numbers < 0) | (numbers != numbers.round())]
    if len(wrong):
        raise TableError(
            f"counts in {values.name!r} must be whole numbers, 0 or more; for example {wrong.iloc[0]:g} is not. "
            "Survey weights go into weights=."
        )
    return numbers.to_numpy(dtype="int64")


def slope_names(design: Design) -> list[str]:
    return [name for name in design.recipe.names if name != "Intercept"]


def cut_names(design: Design) -> list[str]:
    return [f"{low}|{high}" for low, high in pairwise(design.outcome_levels)]


def _without_intercept(recipe, x: np.ndarray) -> np.ndarray:
    return np.delete(x, recipe.names.index("Intercept"), axis=1)


def scaled_slopes(design: Design) -> tuple[np.ndarray, np.ndarray]:
    """Standardised columns without the intercept (n, k), and the way back.

    The second value A turns (thresholds, slopes) of the standardised columns into those of the regressors.
    """
    z, change = standardise(design)
    check_scaled(z, design)
    root, centre = np.sqrt(len(z)), design.recipe.names.index("Intercept")
    others = [i for i in range(z.shape[1]) if i != centre]
    cuts = len(design.outcome_levels) - 1
    back = np.eye(cuts + len(others))
    back[cuts:, cuts:] = change[np.ix_(others, others)] * root
    back[:cuts, cuts:] = -change[centre, others] * root
    return z[:, others] * root, back


def ordered_peak(design: Design, curve: Curve) -> Peak:
    """The maximum of the likelihood in units of the regressors; thresholds first, then slopes."""
    z, back = scaled_slopes(design)
    cuts = cut_design(z, design.y, design.weight_array, np.zeros(z.shape[1], dtype=bool))
    alone = np.bincount(design.y, weights=design.weight_array)
    shares = alone / alone.sum()
    start = np.concatenate([_quantiles(curve, shares.cumsum()[:-1]), np.zeros(z.shape[1])])
    try:
        peak = climb(cuts, curve, start, design.recipe.outcome)
    except FitError:
        _check_separation(cuts, design)  # says more, if that is why
        raise
    reach = [np.abs(side[has] @ peak.values) for side, has in _sides(cuts)]
    if max(side.max() for side in reach) > (EXTREME if curve.name == "logit" else EXTREME / 2):
        _check_separation(cuts, design)
    return Peak(
        values=back @ peak.values,
        back=back,
        bread=peak.bread,
        model_bread=peak.bread,
        scores=peak.scores,
        log_likelihood=peak.log_likelihood,
        pseudo_r_squared=1 - peak.log_likelihood / float(alone @ np.log(shares)),
        dispersion=None,
    )


def free_slopes_gain(design: Design, curve: Curve, free: Sequence[str]) -> float:
    """Twice the log-likelihood gained when the named terms may have another slope at every cut."""
    z, _ = scaled_slopes(design)
    none = np.zeros(z.shape[1], dtype=bool)
    shares = np.bincount(design.y, weights=design.weight_array)
    start = np.concatenate([_quantiles(curve, (shares / shares.sum()).cumsum()[:-1]), none * 0.0])
    base = climb(cut_design(z, design.y, design.weight_array, none), curve, start, design.recipe.outcome)
    chosen = np.array([name in free for name in slope_names(design)])
    cuts = len(design.outcome_levels) - 1
    slopes = base.values[cuts:]
    wide = np.concatenate([base.values[:cuts], slopes[~chosen], np.tile(slopes[chosen], cuts)])
    best: CutPeak = climb(
        cut_design(z, design.y, design.weight_array, chosen), curve, wide, design.recipe.outcome
    )
    return 2 * (best.log_likelihood - base.log_likelihood)


def _quantiles(curve: Curve, shares: np.ndarray) -> np.ndarray:
    from scipy.special import logit, ndtri

    return logit(shares) if curve.name == "logit" else ndtri(shares)


def _sides(cuts: CutDesign) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    return (cuts.upper, cuts.has_upper), (cuts.lower, cuts.has_lower)


def _check_separation(cuts: CutDesign, design: Design) -> None:
    rows = np.vstack([cuts.upper[cuts.has_upper], -cuts.lower[cuts.has_lower]])
    check_separation(
        rows, [*cut_names(design), *slope_names(design)], design.recipe.outcome, n_used=len(design.y)
    )


def _chances(curve: Curve, eta: np.ndarray) -> np.ndarray:
    """Chances of the J categories from the linear predictors (n, J - 1) of the cuts."""
    ends = np.full((len(eta), 1), np.inf)
    return between(curve, np.hstack([-ends, eta]), np.hstack([eta, ends]))


def _effects(design, peak: Peak, inner, curve, df, confidence) -> pd.DataFrame:
    cuts, values = len(design.outcome_levels) - 1, peak.values

    def shares(x: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        x = _without_intercept(design.recipe, x)
        eta = values[:cuts] - (x @ values[cuts:])[:, None]
        density = weight[:, None] * curve.density(eta)  # (n, cuts)
        by_cut = np.hstack([np.diag(density.sum(axis=0)), -density.T @ x])  # (cuts, p)
        edge = np.zeros((1, by_cut.shape[1]))
        return weight @ _chances(curve, eta), np.diff(np.vstack([edge, by_cut, edge]), axis=0) @ peak.back

    table = average_effects(design, shares, inner, df=df, confidence=confidence)
    levels = list(design.outcome_levels) * (len(table) // (cuts + 1))
    return table.set_index(pd.Index(levels, name="category"), append=True)
