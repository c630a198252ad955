"""What would the usual calculator say? Fixed shares a loyalty group: assumed, for comparison only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from linkage.errors import TableError
from linkage.results import Result
from linkage.sentences import number
from linkage.value.assumptive import AssumedValue, assume_exposure, assume_value
from linkage.worth.declared import BANDS
from linkage.worth.ledger import KeepAndLose
from linkage.worth.ledger_sums import TOTAL
from linkage.worth.people import periods_a_year, rules_of
from linkage.wrong_use import require_open

if TYPE_CHECKING:
    from linkage.opening import OpenStudy
    from linkage.plots import Picture

EXPOSED_SHARE, LOST_SHARE = 0.20, 0.27
"""Often quoted: a fifth of revenue is exposed by poor experiences, and 27 % of it is lost for ever."""


@dataclass(frozen=True, eq=False, repr=False)
class UsualCalculator(Result):
    """Assumed figures (L0) beside the estimated one, never mixed with it.

    estimates : one row a figure: estimate, low, high, currency, horizon, level, basis. The last is what the ledger
        estimates of the same revenue at stake. missing : why there is nothing to compare.
    """

    estimates: pd.DataFrame
    parts: tuple[AssumedValue, ...]
    currency: str
    missing: str

    def summary(self) -> str:
        if self.missing:
            return f"No comparison with the usual calculator. {self.missing}"
        last = self.estimates.iloc[-1]
        said = " ".join(p.summary() for p in self.parts)
        return (
            f"Assumed, not estimated: {said} Estimated from the joined data instead: {number(last['estimate'])} "
            f"{self.currency} ({number(last['low'])} to {number(last['high'])}; {last['level']}) of the next "
            "year's revenue is at stake."
        )

    def table(self, decimals: int = 0) -> pd.DataFrame:
        return super().table(decimals)

    def plot(self) -> Picture:
        from linkage.plots import nothing_to_draw
        from linkage.worth.pictures import draw_assumed_beside

        if self.missing:
            return nothing_to_draw(self.summary())
        return draw_assumed_beside(self.estimates, self.currency)


def usual_calculator(study: OpenStudy, ledger: KeepAndLose) -> UsualCalculator:
    """What fixed shares would say of the same customers, beside what the ledger estimates.

    kept_shares of the study's `value` by band, where given; and the often quoted shares of revenue exposed (20 %) and
    lost (27 % of it). Brandt, Gupta and Roberts 2004 tell such assumptive figures from estimated ones.
    Raises TableError for a ledger that is none.
    """
    require_open(study, "usual_calculator")
    if not isinstance(ledger, KeepAndLose):
        raise TableError(
            f"The calculator stands beside a ledger, as keep_and_lose gives it, not beside {type(ledger).__name__}."
        )
    if ledger.missing or bool(ledger.by_band.loc[TOTAL, "suppressed"]):
        reason = ledger.missing or "The ledger's sums are hidden."
        return UsualCalculator(pd.DataFrame(columns=["estimate", "low", "high"]), (), ledger.currency, reason)
    whole, kept = ledger.by_band.loc[TOTAL], rules_of(study).kept_shares
    margin = float(ledger.accounts["margin"].mean()) * periods_a_year(study)
    below = {"Revenue": whole["revenue"], **({"Margin": margin} if kept else {})}
    negative = [f"{name} is {number(v)} {ledger.currency}" for name, v in below.items() if v < 0]
    if negative:
        reason = (
            f"{' and '.join(negative)}, below 0: no share of it is at stake. Are signs of the amounts turned?"
        )
        return UsualCalculator(pd.DataFrame(columns=["estimate", "low", "high"]), (), ledger.currency, reason)
    parts = [
        assume_exposure(
            float(whole["revenue"]),
            exposed_share=EXPOSED_SHARE,
            lost_share=LOST_SHARE,
            currency=ledger.currency,
        )
    ]
    shown = [b for b in BANDS if b in ledger.by_band.index and not ledger.by_band.loc[b, "suppressed"]]
    if kept and shown:
        people = {b: float(ledger.by_band.loc[b, "n"]) for b in shown}
        parts.append(
            assume_value(
                customers=people,
                margin=margin,
                kept_shares={b: kept[b] for b in shown},
                currency=ledger.currency,
            )
        )
    rows = [p.to_frame() for p in parts]
    own = {
        c: whole[f"revenue_at_stake{e}"] for c, e in (("estimate", ""), ("low", "_low"), ("high", "_high"))
    }
    carried = {"currency": ledger.currency, "horizon": "1 year", "level": ledger.level, "basis": ledger.basis}
    rows.append(pd.DataFrame([own | carried], index=["revenue at stake (ledger)"]))
    frame = pd.concat(rows).drop(columns="std_error").rename_axis("figure")
    return UsualCalculator(frame, tuple(parts), ledger.currency, "")
