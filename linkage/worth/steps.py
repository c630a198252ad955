"""The links of a chain, as what a draw of whole clusters needs of them: sums by cluster, never rows again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from linkage.cards.card import column_of, label_of
from linkage.checks import REVIEW
from linkage.errors import LinkError
from linkage.grains import KEYS, cluster_of
from linkage.ladder import LINKED, UNSAFE
from linkage.linking.link_rows import link_rows
from linkage.refuting.refit import beside
from linkage.refuting.sample import LinkSample
from linkage.rungs.verdicts import LEVELS
from linkage.sentences import capital

if TYPE_CHECKING:
    from linkage.cards.card import LinkCard
    from linkage.opening import OpenStudy
    from linkage.study_file.declaration import LinkSpec


@dataclass(frozen=True, eq=False)
class Step:
    """One link of a chain: its card, its rows, and which of its drivers the chain runs through."""

    spec: LinkSpec
    card: LinkCard
    sample: LinkSample
    driver: str

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def level(self) -> str:
        return self.card.level

    @property
    def verdict(self) -> str:
        """What the link says of this driver."""
        return str(self.card.estimates.set_index("driver").loc[self.driver, "verdict"])

    @property
    def is_shown(self) -> bool:
        return self.verdict == LINKED

    @property
    def label(self) -> str:
        """The step in a reader's words: from what, to what."""
        ends = (column_of(self.card, name) for name in (self.driver, self.spec.outcome))
        return " -> ".join(capital(label_of(end, self.spec.change is not None)) for end in ends)

    @property
    def unit(self) -> str:
        """What its slope is counted in: units of the outcome for one of the driver."""
        driver, outcome = (column_of(self.card, name).unit for name in (self.driver, self.spec.outcome))
        return f"{outcome or 'one'} per {driver or 'one'}"

    @property
    def estimate(self) -> float:
        return float(self.sample.estimates[self.driver])


def chain_specs(study: OpenStudy, names: Sequence[str], driver: str | None) -> list[tuple[LinkSpec, str]]:
    """The declared links of a chain, each with the driver it runs through.

    driver : of the first link; its first where None. Raises LinkError where a link is unknown, or does not start where
    the one before it ends.
    """
    chain: list[tuple[LinkSpec, str]] = []
    for name in names:
        spec = _declared(study, name)
        wanted = chain[-1][0].outcome if chain else driver or spec.drivers[0]
        if wanted not in spec.drivers:
            began = f"{chain[-1][0].name} ends in {wanted}" if chain else f"{wanted} is to be moved"
            raise LinkError(f"The chain breaks: {began}, but {name} starts from {', '.join(spec.drivers)}.")
        chain.append((spec, wanted))
    return chain


def chain_steps(study: OpenStudy, chain: Sequence[tuple[LinkSpec, str]], period: str) -> list[Step]:
    """The links of a chain with their cards and rows.

    Raises LinkError where one is unsafe, was not assessed, or shows less or the opposite once each is compared with
    itself: its own check says not to act on its figure.
    """
    return [_step(study, spec, driver, period) for spec, driver in chain]


def _declared(study: OpenStudy, name: str) -> LinkSpec:
    if name not in study.study.links:
        near = get_close_matches(name, list(study.study.links), n=1)
        raise LinkError(f"No link {name!r} is declared." + (f" Did you mean {near[0]!r}?" if near else ""))
    return study.study.links[name]


def _step(study: OpenStudy, spec: LinkSpec, driver: str, period: str) -> Step:
    from linkage.linking.fitting import fit_adjusted

    card = study.links(period=period)[spec.name]
    if not card.n_used or card.verdict == UNSAFE:
        why = card.reason or card.summary()
        raise LinkError(f"{spec.name} cannot carry money: {why}")
    doubt = next((c for c in card.battery if c.name == LEVELS and c.verdict == REVIEW), None)
    if doubt is not None and driver == spec.drivers[0]:  # the comparisons are of the first driver
        raise LinkError(f"{spec.name} cannot carry money: {doubt.advice}")
    rows = link_rows(study, spec, period)
    fits = fit_adjusted(rows, spec, cluster=cluster_of(spec), confidence=card.confidence)
    if driver not in fits.fit.terms:
        raise LinkError(f"{driver} of {spec.name} is a category: it cannot be moved by so many units.")
    return Step(fits.spec, card, fits.sample, driver)


def common_cluster(steps: Sequence[Step]) -> str | None:
    """The column whose values are drawn whole through all steps: their one cluster, else the unit above it.

    None where the steps share none: they are then drawn apart.
    """
    columns = {step.sample.cluster for step in steps}
    if len(columns) == 1:
        return columns.pop()
    return "unit_id" if "unit_id" in columns and None not in columns else None


def labels_of(study: OpenStudy, step: Step, column: str | None) -> pd.Series:
    """Which cluster each used row of a step belongs to (None: the step's own); a row of none is one of its own."""
    sample, column = step.sample, column or step.sample.cluster
    if column is None:
        found = pd.Series([None] * len(sample.y), dtype=object)
    elif column in sample.table:
        found = sample.table[column].astype(object)
    else:
        found = _fetched(study, step, column)
    labels, nowhere = f"{column}: " + found.astype(str), np.flatnonzero(found.isna())
    labels.iloc[nowhere] = [f"{step.name}: {i}" for i in nowhere]
    return labels


def _fetched(study: OpenStudy, step: Step, column: str) -> pd.Series:
    grain = step.spec.grain
    keys = list(KEYS[grain]) + ([] if grain in ("interaction", "survey") else ["period"])
    table = study.table(f"link_{grain}")
    if column not in table:
        raise LinkError(f"{step.name} has no {column}: its rows cannot be drawn with the other links'.")
    return beside(step.sample, table[[*keys, column]], [column])[column].astype(object)
