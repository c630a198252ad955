"""From employees and partners to customers to money: everything a study can say of it, in one answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.constituency.chains import chains_of
from linkage.constituency.factors import rank_factors
from linkage.constituency.gates import gates_of
from linkage.constituency.partners import NONE_DECLARED, partner_cards
from linkage.constituency.result import Constituency
from linkage.constituency.training import training_of
from linkage.memory import kept
from linkage.precision import check_confidence

if TYPE_CHECKING:
    from linkage.opening import OpenStudy


@kept
def constituency_links(
    study: OpenStudy, *, period: object, seed: int = 0, confidence: float = 0.95
) -> Constituency:
    """What do employees and partners have to do with customers, and customers with money?

    The gate (may answers be averaged to units?), what engagement is made of, the chain from employees to customers to
    money with its indirect part, the trainings as an event study, and the partners' links. Chains use the declared
    links: each at its own grain with units drawn whole through both, and once more among the means of units.

    Groups below the study's minimum are not shown. What the study has no data for is named in `missing`.
    """
    check_confidence(confidence)
    through = study.check_period(period)
    how = {"seed": seed, "confidence": confidence}
    gates, missing = gates_of(study, through, confidence)
    factors = rank_factors(study, through, **how)
    if isinstance(factors, str):
        missing["what engagement is made of"] = factors
    estimates, money, lacking = chains_of(study, through, **how)
    training = training_of(study, through, **how)
    if isinstance(training, str):
        lacking["training"] = training
    partners = partner_cards(study, through)
    if not partners:
        lacking["partners"] = NONE_DECLARED
    return Constituency(
        estimates=estimates,
        gates=gates,
        factors=None if isinstance(factors, str) else factors,
        training=None if isinstance(training, str) else training,
        partners=partners,
        money=money,
        missing={**missing, **lacking},
        columns={n: c for grain in study.study.columns.values() for n, c in grain.items()},
        minimum_group=study.study.declared.minimum_group,
        **how,
    )
