"""The rows behind a metric: contacts with their answers through a period, and all contacts of the last one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from linkage.fetching import fetch_rows
from linkage.goals.questions import CONTACTS_SO_FAR, Question
from linkage.grains import cluster_of
from linkage.limits.forms import MOST_SEGMENTS
from linkage.linking.link_rows import link_rows
from linkage.thresholds.spline import place_knots, spline_columns

if TYPE_CHECKING:
    from linkage.opening import OpenStudy
    from linkage.study_file.declaration import LinkSpec

GROUPS = ("unit_id", "channel")
NONE = "(none)"


def asked_rows(study: OpenStudy, question: Question, through: str) -> pd.DataFrame:
    """The rows of a metric through a period: what it is fitted on, and the groups its contacts are told apart by."""
    spec = question.spec
    controls = (*spec.controls, *question.beside, *_groups_of(study, spec))
    return _fetch(study, spec.model_copy(update={"controls": controls}), through)


def _groups_of(study: OpenStudy, spec: LinkSpec) -> tuple[str, ...]:
    there = study.connection.table(f"link_{spec.grain}").columns
    return tuple(g for g in GROUPS if g in there and spec.grain == "interaction")


def fitted_rows(rows: pd.DataFrame, question: Question) -> tuple[pd.DataFrame, LinkSpec]:
    """The rows a metric is fitted on, and its link with the controls that can be held fixed in them.

    A control of an undeclared pair that says nothing, nothing beyond those before it, or has too many categories falls
    away; where a category is missing, that is one of its own. Controls of a declared link are left as they are.
    """
    return (rows, question.spec) if question.declared else usable_controls(rows, question.spec)


def usable_controls(rows: pd.DataFrame, spec: LinkSpec) -> tuple[pd.DataFrame, LinkSpec]:
    """An undeclared link without the controls that cannot be held fixed: see `fitted_rows`."""
    used = np.flatnonzero(rows[[spec.outcome, *spec.drivers]].notna().all(axis=1))
    filled, kept, columns = {}, [], np.ones((len(used), 1))
    for name in spec.controls:
        if is_numeric_dtype(rows[name]):
            values = rows[name].iloc[used]
            if not values.nunique(dropna=False) > 1:
                continue
            made = values.fillna(values.mean()).to_numpy("float64")[:, None]
        else:
            whole = _with_none(rows[name])
            codes, levels = whole.iloc[used].factorize(sort=True)
            if not 1 < len(levels) <= MOST_SEGMENTS:
                continue
            filled[name], made = whole, (codes[:, None] == np.arange(1, len(levels))).astype(float)
        if _adds(columns, made):
            columns, kept = np.column_stack([columns, made]), [*kept, name]
    filled = {name: values for name, values in filled.items() if name in kept}
    return rows.assign(**filled), spec.model_copy(update={"controls": tuple(kept)})


def _with_none(values: pd.Series) -> pd.Series:
    """A category as words, what is missing among them."""
    words = values if values.dtype == "str" else values.astype(object).where(values.notna()).astype("str")
    return words.fillna(NONE)


def _adds(columns: np.ndarray, made: np.ndarray) -> bool:
    """Whether every new column (n, m) says something that those before (n, k) do not: no region beside its states."""
    both = np.column_stack([columns, made])
    both = both / np.maximum(np.linalg.norm(both, axis=0), 1e-300)
    sizes = np.linalg.eigvalsh(both.T @ both)
    return bool(sizes[0] > 1e-9 * sizes[-1])


def last_rows(rows: pd.DataFrame, question: Question, period: str) -> pd.DataFrame:
    """Every contact (or answer, or unit) of one period that has the metric, answered or not.

    rows : see `asked_rows`. Columns: value, cluster, and unit_id and channel where the grain has them.
    """
    groups = [g for g in GROUPS if g in rows and question.spec.grain == "interaction"]
    last = (rows["period"] == period).to_numpy() & rows[question.name].notna().to_numpy()
    found = rows.loc[last, [question.name, *groups]].reset_index(drop=True)
    cluster = rows.loc[last, cluster_of(question.spec)].to_numpy()
    return found.rename(columns={question.name: "value"}).assign(cluster=cluster)


def _fetch(study: OpenStudy, spec: LinkSpec, through: str) -> pd.DataFrame:
    spec = spec.model_copy(update={"segments": (spec.outcome,)})  # none: they are not asked apart here
    if spec.drivers != (CONTACTS_SO_FAR.name,):
        return link_rows(study, spec, through)
    rows = link_rows(study, spec.model_copy(update={"drivers": ()}), through)
    return rows.merge(contacts_so_far(study), on="interaction_id", how="left", validate="one_to_one")


def contacts_so_far(study: OpenStudy) -> pd.DataFrame:
    """Which contact of its kind each one is: interaction_id, contacts_to_resolve (1 for the first).

    Of one kind are a customer's contacts on one topic of which none begins more than `repeat_contact_days` (of
    `kpis`) after the end of the one before. What comes after a contact does not count: its answer could not know.
    """
    rules = study.study.declared.kpis
    return fetch_rows(
        study.connection.sql(
            f"""
        with contacts as (
            select
                interaction_id,
                customer_id,
                topic,
                coalesce(started_at, ended_at) as began_at,
                lag(coalesce(ended_at, started_at)) over same_kind as earlier_ended_at
            from link_interaction
            where customer_id is not null
            window same_kind as (
                partition by customer_id, topic order by coalesce(started_at, ended_at), interaction_id
            )
        ),

        chains as (
            select
                interaction_id,
                customer_id,
                topic,
                began_at,
                count(*) filter (
                    where earlier_ended_at is null
                    or began_at > earlier_ended_at + interval {rules.repeat_contact_days} days
                ) over (partition by customer_id, topic order by began_at, interaction_id) as chain
            from contacts
        )

        select
            interaction_id,
            row_number() over (
                partition by customer_id, topic, chain order by began_at, interaction_id
            )::double as {CONTACTS_SO_FAR.name}
        from chains
        order by interaction_id
        """
        )
    )


def flexible_columns(rows: pd.DataFrame, names: tuple[str, ...]) -> np.ndarray:
    """Other metrics as columns that leave nothing of them, whatever their shape: (n, k).

    Each as a curve over its values, 0 where it is missing, beside a flag that it is.
    """
    columns = [np.empty((len(rows), 0))]
    for name in names:
        values = rows[name].to_numpy("float64")
        known = np.isfinite(values)
        if known.sum() < 2 or np.ptp(values[known]) == 0:
            continue
        z = np.where(known, (values - values[known].mean()) / values[known].std(), 0.0)
        knots = place_knots(z[known], 5)
        knots = knots if len(knots) >= 3 else np.unique(z[known])[:6]
        curve = spline_columns(z, knots) if len(knots) >= 3 else z[:, None]
        columns += [curve * known[:, None], (~known).astype(float)[:, None]]
    return np.column_stack(columns)
