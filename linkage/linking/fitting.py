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
class AdjustedFit:
    """A link fitted on its rows, drivers and controls together.

    cluster : the column by which errors were clustered, None where rows are independent. spec : the link, asking for it
    where it is another than declared. rows : as fitted, those that name no unit labelled as one group where errors
    stand at the unit. sample : the fit's rows as arrays. why : the errors stand at another level than declared, in
    words; else nothing. few : degrees of freedom of the terms that few rows or clusters carry (few_carriers).
    """

    spec: LinkSpec
    rows: pd.DataFrame
    fit: LinearFit
    sample: LinkSample
    why: str
    few: dict[str, float]
    cluster: str | None

    @property
    def groups(self) -> np.ndarray:
        """Codes (n,) of the clusters, each row its own where rows are independent."""
        return np.arange(len(self.sample.y)) if self.cluster is None else self.sample.groups


@dataclass(frozen=True, eq=False)
class LinkFits(AdjustedFit):
    """The same with the drivers by themselves.

    raw : each driver alone, on the same rows. alone : the share of the outcome's variance that the drivers explain
    with nothing held fixed.
    """

    raw: dict[str, LinearFit]
    alone: float


def fit_link(rows: pd.DataFrame, spec: LinkSpec, *, cluster: str | None, confidence: float) -> LinkFits:
    """Fit a link on its rows, with what is held fixed and without.

    Raises what fit_adjusted raises.
    """
    adjusted = fit_adjusted(rows, spec, cluster=cluster, confidence=confidence)
    raw = _each_alone(adjusted, confidence)
    alone = 1.0 if adjusted.fit.is_perfect else _drivers_alone(adjusted.sample.table, adjusted.spec, raw)
    return LinkFits(**vars(adjusted), raw=raw, alone=alone)


def fit_adjusted(
    rows: pd.DataFrame, spec: LinkSpec, *, cluster: str | None, confidence: float
) -> AdjustedFit:
    """Fit a link on its rows, at the level above `cluster` where its driver asks for it (see level_above).

    Raises what `fit_linear` raises, and FitError where the clusters leave no error to be told.
    """
    fit = _adjusted(rows, spec, cluster, confidence)
    sample, labelled = sample_of(fit, rows, spec), rows
    level = None if fit.is_perfect else level_above(sample, cluster)
    if level is not None:
        labelled, spec = _labelled(rows, fit, level.column), spec.model_copy(update={"cluster": level.column})
        cluster = level.column
        fit = _adjusted(labelled, spec, cluster, confidence)
        # The table as it is: rows without a unit are one cluster, and no unit.
        table = rows.iloc[fit.rows_kept].reset_index(drop=True)
        sample = replace(sample_of(fit, labelled, spec), table=table)
    made = AdjustedFit(spec, labelled, fit, sample, level.why if level else "", {}, cluster)
    fit, few = with_careful_errors(fit, sample.x, made.groups, sample.weights, sample.terms)
    refuse_untold(fit, sample.terms, cluster)
    return replace(made, fit=fit, sample=with_errors_of(sample, fit), few=few)


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


def _adjusted(rows: pd.DataFrame, spec: LinkSpec, cluster: str | None, confidence: float) -> LinearFit:
    from linkage.regression import fit_linear

    how = {"cluster": cluster, "confidence": confidence, "weights": spec.weights}
    with warnings.catch_warnings():  # an outcome explained without remainder becomes a failed check
        warnings.simplefilter("ignore", LinkageWarning)
        return fit_linear(rows, formula_of(spec), drivers=spec.drivers, **how)


def _each_alone(adjusted: AdjustedFit, confidence: float) -> dict[str, LinearFit]:
    """Each driver alone, on the rows of the adjusted fit, so that the two differ by the controls alone."""
    from linkage.regression import fit_linear

    spec, sample, cluster = adjusted.spec, adjusted.sample, adjusted.cluster
    read = dict.fromkeys([spec.outcome, *spec.drivers, *filter(None, (cluster, spec.weights))])
    used = adjusted.rows[list(read)].iloc[adjusted.fit.rows_kept]
    how = {"cluster": cluster, "confidence": confidence, "weights": spec.weights}
    made = {}
    for driver in spec.drivers:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", LinkageWarning)
            alone = fit_linear(used, f"{spec.outcome} ~ {driver}", **how)
        own = sample.x[:, [sample.names.index(term) for term in alone.terms]]
        terms = alone.recipe.terms_of(driver)
        made[driver], _ = with_careful_errors(alone, own, adjusted.groups, sample.weights, terms)
    return made


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
