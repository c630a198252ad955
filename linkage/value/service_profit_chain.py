"""What does a step at the start of the service-profit chain come to in money at its end?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.errors import LinkError
from linkage.regression.result import check_confidence
from linkage.sentences import number
from linkage.value.money import MoneyResult, estimates_of_draws, money_words
from linkage.value.quantity import as_quantity, basis_of, drawn, level_of

DRAWS = 4000
MONEY, EFFECT = "money", "whole chain"


@dataclass(frozen=True, eq=False, repr=False)
class ProfitChain(MoneyResult):
    """The links of a service-profit chain multiplied.

    estimates : one row, "money": base x change x product of the links; estimate, std_error, low, high.
    links : one row a link as put in (estimate, low, high, basis, level), then "whole chain": their product.
    change : the step at the start, in units of the first link's driver. base : what one unit of the last
        link's outcome is worth.
    """

    links: pd.DataFrame
    change: float
    base: float

    def summary(self) -> str:
        row = self.links.loc[EFFECT]
        route = ", then ".join(self.links.index[:-1])
        return (
            f"By way of {route}: a step of {number(self.change)} at the start goes with "
            f"{money_words(self.estimates.loc[MONEY], self.currency, self.confidence)} at the end (whole chain "
            f"{row.estimate:.4g}, {row.low:.4g} to {row.high:.4g}). ({self.standing()}. The links are taken as "
            "independent, and each as holding for the others' units.)"
        )


def multiply_chain(
    links: Mapping[str, object],
    *,
    change: float,
    base: float,
    currency: str,
    horizon: float,
    time_unit: str,
    level: str = "L1",
    seed: int = 0,
    confidence: float = 0.95,
) -> ProfitChain:
    """What does a step at the start of the chain (employees) come to in money at its end?

    links : from the start to the end, by name: outcome per driver of each link (elasticities, or slopes whose
        units meet). Rows of estimates, (low, value, high) ranges, or plain numbers, taken as assumed.
    change : the step, in the first driver's unit. base : money of one unit of the last outcome; for
        elasticities the revenue, with `change` as a share.

    base x change x product of the links (Heskett and others 1994; the Sears chain of Rucci, Kirn and Quinn 1998,
    Harvard Business Review 76(1), p. 82). Draws of the links, taken as independent, give the interval. Where
    all stages are in one table, `linkage.chain` fits them together.
    """
    check_confidence(confidence)
    if not links or not np.isfinite([change, base]).all():
        raise LinkError("A chain has at least one link, and a finite change and base.")
    parts = {name: as_quantity(given, name, level=level) for name, given in links.items()}
    values = np.array([part.estimate for part in parts.values()])
    standard = np.random.default_rng(seed).standard_normal((len(parts), DRAWS))
    draws = np.prod([drawn(q, z, confidence) for q, z in zip(parts.values(), standard, strict=True)], axis=0)
    is_certain = not any(part.has_interval for part in parts.values())
    columns = draws[:, None] * [[1.0, base * change]]
    both = estimates_of_draws(
        [EFFECT, MONEY],
        values.prod() * np.array([1.0, base * change]),
        None if is_certain else columns,
        confidence,
    )
    rows = [{"estimate": q.estimate, "low": q.low, "high": q.high} for q in parts.values()]
    shown = pd.DataFrame([*rows, dict(both.loc[EFFECT, ["estimate", "low", "high"]])])
    shown["basis"] = [*(q.basis for q in parts.values()), basis_of(*parts.values())]
    shown["level"] = [*(q.level for q in parts.values()), level_of(*parts.values())]
    return ProfitChain(
        estimates=both.loc[[MONEY]],
        currency=currency,
        horizon=horizon,
        time_unit=time_unit,
        level=level_of(*parts.values()),
        basis=basis_of(*parts.values()),
        confidence=confidence,
        links=shown.set_axis(pd.Index([*parts, EFFECT], name="link")),
        change=change,
        base=base,
    )
