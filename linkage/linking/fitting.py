"""How is a link fitted: with what it holds fixed and without, its errors clustered where its driver varies?"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from linkage.errors import FitError, LinkageWarning
from linkage.linking.cluster_level import level_above
from linkage.linking.few_carriers import with_careful_errors
from linkage.refuting.sample import LinkSample, sample_of, with_errors_of
from linkage.study_file.declaration import LinkSpec

if TYPE_CHECKING:
    from linkage.regression import LinearFit

NO_ERROR = 1e-9
"""A standard error this small beside its estimate is rounding: what is left of it when the clusters' scores cancel."""


@dataclass(frozen=True, eq=False)
class LinkFits:
    """The fits of a link on its rows.

    spec : the link, its cluster the column by which errors were clustered. fit : drivers and controls together.
    rows : as fitted, those that name no unit labelled as one group where errors stand at the unit.
    raw : each driver alone, on the same rows. sample : the fit's rows as arrays. alone : the share of the outcome's
    variance that the drivers explain with nothing held fixed. why : the errors stand at another level than declared, in
    words; else nothing. few : degrees of freedom of the terms that few rows or clusters carry (few_carriers).
    """

    spec: LinkSpec
    rows: pd.DataFrame
    fit: LinearFit
    raw: dict[str, LinearFit]
    sample: LinkSample
    alone: float
    why: str
    few: dict[str, float]


def fit_link(rows: pd.DataFrame, spec: LinkSpec, *, cluster: str | None, confidence: float) -> LinkFits:
    """Fit a link on its rows, at the level above `cluster` where its driver asks for it (see level_above).

    Raises what `fit_linear` raises, and FitError where the clusters leave no error to be told.
    """
    fit, raw = _fitted(rows, spec, cluster, confidence)
    sample, labelled = sample_of(fit, rows, spec), rows
    level = None if fit.is_perfect else level_above(sample, cluster)
    if level is not None:
        labelled, spec = _labelled(rows, fit, level.column), spec.model_copy(update={"cluster": level.column})
        cluster = level.column
        fit, raw = _fitted(labelled, spec, cluster, confidence)
        # The table as it is: rows without a unit are one cluster, and no unit.
        table = rows.iloc[fit.rows_kept].reset_index(drop=True)
        sample = replace(sample_of(fit, labelled, spec), table=table)
    groups = np.arange(len(sample.y)) if cluster is None else sample.groups
    fit, few = with_careful_errors(fit, sample.x, groups, sample.weights, sample.terms)
    raw = {d: _careful_alone(f, sample, groups, f.recipe.terms_of(d)) for d, f in raw.items()}
    refuse_untold(fit, sample.terms, cluster)
    alone = 1.0 if fit.is_perfect else _drivers_alone(sample.table, spec, raw)
    return LinkFits(
        spec, labelled, fit, raw, with_errors_of(sample, fit), alone, level.why if level else "", few
    )


def _careful_alone(
    alone: LinearFit, sample: LinkSample, groups: np.ndarray, terms: Sequence[str]
) -> LinearFit:
    """A fit of one driver alone with careful errors. Its rows and regressors stand in the sample."""
    own = sample.x[:, [sample.names.index(term) for term in alone.terms]]
    return with_careful_errors(alone, own, groups, sample.weights, terms)[0]


def refuse_untold(fit: LinearFit, terms: Sequence[str], cluster: str | None) -> None:
    """Raise FitError where a driver's line passes through the mean of every cluster: two of them show no spread.

    cluster : the column by which errors were clustered.
    """
    if fit.is_perfect or not isinstance(fit.clusters, int):
        return
    for term in terms:
        row = fit.estimates.loc[term]
        if row["std_error"] <= NO_ERROR * abs(row["estimate"]):
            driver = term.split("[T.")[0]
            raise FitError(
                f"{driver} differs between too few clusters of {cluster}: the line passes through all "
                f"{fit.clusters:,} of them, and how sure it is cannot be told. Take a table with more of them, or a "
                f"driver that differs within them; or leave {cluster} out of it, if it only spells {driver} otherwise."
            )


def formula_of(spec: LinkSpec, *, controls: bool = True) -> str:
    return f"{spec.outcome} ~ {' + '.join([*spec.drivers, *(spec.controls if controls else ())])}"


def _fitted(
    rows: pd.DataFrame, spec: LinkSpec, cluster: str | None, confidence: float
) -> tuple[LinearFit, dict[str, LinearFit]]:
    from linkage.regression import fit_linear

    how = {"cluster": cluster, "confidence": confidence, "weights": spec.weights}
    with warnings.catch_warnings():  # an outcome explained without remainder becomes a failed check
        warnings.simplefilter("ignore", LinkageWarning)
        fit = fit_linear(rows, formula_of(spec), drivers=spec.drivers, **how)
        # The same rows as the adjusted fit, so that the two differ by the controls alone.
        read = dict.fromkeys([spec.outcome, *spec.drivers, *filter(None, (cluster, spec.weights))])
        used = rows[list(read)].iloc[fit.rows_kept]
        return fit, {d: fit_linear(used, f"{spec.outcome} ~ {d}", **how) for d in spec.drivers}


def _labelled(rows: pd.DataFrame, fit: LinearFit, column: str) -> pd.DataFrame:
    """The rows, those that name no unit with a label of their group."""
    if rows[column].iloc[fit.rows_kept].notna().all():
        return rows
    return rows.assign(**{column: rows[column].astype("string").fillna("")})


def _drivers_alone(used: pd.DataFrame, spec: LinkSpec, raw: dict[str, LinearFit]) -> float:
    """The share of the outcome's variance that the drivers explain with nothing held fixed."""
    from linkage.regression import fit_linear

    if len(spec.drivers) == 1:
        return raw[spec.drivers[0]].r_squared
    return fit_linear(used, formula_of(spec, controls=False), errors="HC1", weights=spec.weights).r_squared
