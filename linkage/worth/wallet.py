"""What would one place better among the brands customers use be worth? Share of wallet by rank, by rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from linkage.errors import LinkageError, TooFewRowsError
from linkage.memory import kept
from linkage.precision import check_confidence
from linkage.results import Result
from linkage.sentences import number
from linkage.value.wallet import MEAN_BRANDS, MULTI_BRAND_SHARE, wallet_share
from linkage.worth.people import customer_periods, last_year, money_of, periods_a_year, rules_of

if TYPE_CHECKING:
    from linkage.opening import OpenStudy

AMOUNTS = ("share", "gain_share", "estimate", "std_error", "low", "high")

LACKING = (
    "No competitor ranks: ask customers which brands they use and how they rate each, keep our place among them (1 is "
    "best) and the number of brands as two metrics of feedback, and name them under value.wallet (rank, brands)."
)


@dataclass(frozen=True, eq=False, repr=False)
class WalletOptions(Result):
    """Share of wallet by our rank, and what one place better would add: by rule, so assumed (L0).

    estimates : one row a rank: n (customers), share (mean share of wallet by the rule), gain_share (one place better),
        estimate, std_error, low, high (gain a customer and year in `currency`: what they spend on all brands, read from
        what they spend here, times the gain), suppressed, level, basis. missing : why there is none.
    multi_brand_share : customers who use several brands; the rule was made for markets where 40 % do.
    """

    estimates: pd.DataFrame
    currency: str
    multi_brand_share: float
    mean_brands: float
    n_used: int
    missing: str
    confidence: float

    def summary(self) -> str:
        if self.missing:
            return f"No options for share of wallet. {self.missing}"
        said = "; ".join(
            f"from place {rank} to {rank - 1}: {row.share:.0%} of the wallet, {row.gain_share:+.0%}"
            + (f", {number(row.estimate)} {self.currency} a customer and year ({number(row.low)} to {number(row.high)})"
               if pd.notna(row.estimate) else "")
            for rank, row in self.estimates[~self.estimates["suppressed"]].iterrows()
            if rank > 1
        )  # fmt: skip
        fits = self.multi_brand_share >= MULTI_BRAND_SHARE or self.mean_brands >= MEAN_BRANDS
        market = "" if fits else " Few customers use several brands: the rule says little here."
        return (
            f"Share of wallet by rank: {said or 'everybody ranks us first'}. L0, assumed by the Wallet Allocation Rule "
            f"(Keiningham and others 2011), not estimated. (n = {self.n_used:,} customers, "
            f"{self.mean_brands:.2f} brands each.){market}"
        )


@kept
def wallet_options(study: OpenStudy, *, period: object, confidence: float = 0.95) -> WalletOptions:
    """What would one place better be worth, where customers said how they rank us among the brands they use?

    The latest answer of each customer in the last year. Never raises for what the data lack: `missing` says it.
    Raises PeriodError for a period that the study has no data for.
    """
    check_confidence(confidence)
    through = study.check_period(period) if study.periods else ""
    try:
        return _options(study, through, confidence)
    except LinkageError as error:
        empty = pd.DataFrame(columns=["n", *AMOUNTS, "suppressed", "level", "basis"])
        return WalletOptions(empty, study.study.declared.currency, np.nan, np.nan, 0, str(error), confidence)


def _options(study: OpenStudy, through: str, confidence: float) -> WalletOptions:
    rules = rules_of(study).wallet
    if rules is None or "link_survey" not in study.tables:
        raise TooFewRowsError(LACKING)
    answers = study.table("link_survey", through=through)
    lacking = [c for c in (rules.rank, rules.brands) if c not in answers]
    if lacking:
        raise TooFewRowsError(f"value.wallet names {', '.join(lacking)}, which is no answer of this study.")
    last = study.study.period(through)
    recent = {str(last.shift(-k)) for k in range(periods_a_year(study))}
    known = answers[answers["period"].isin(recent) & answers["customer_id"].notna()]
    known = known.dropna(subset=[rules.rank, rules.brands]).sort_values(["customer_id", "answered_at"])
    known = known.groupby("customer_id").last()
    rank, brands = known[rules.rank].astype(float), known[rules.brands].astype(float)
    valid = (rank >= 1) & (rank <= brands)
    if not valid.any():
        raise TooFewRowsError(
            f"No answer in the year to {through} has a place between 1 and the number of brands."
        )
    people = pd.DataFrame({"rank": rank[valid], "brands": brands[valid]})
    people["share"] = wallet_share(people["rank"].to_numpy(), people["brands"].to_numpy())
    better = wallet_share(np.maximum(people["rank"] - 1, 1).to_numpy(), people["brands"].to_numpy())
    people["gain_share"] = better - people["share"]
    people["gain"] = _spent(study, through).reindex(people.index) / people["share"] * people["gain_share"]
    return WalletOptions(
        _by_rank(people, study.study.declared.minimum_group, confidence),
        study.study.declared.currency,
        float((people["brands"] > 1).mean()),
        float(people["brands"].mean()),
        len(people),
        "",
        confidence,
    )


def _spent(study: OpenStudy, through: str) -> pd.Series:
    """What each customer spent here in the last year; empty where no purchases are known."""
    money = money_of(study)
    column = money.revenue or money.column
    if column is None:
        return pd.Series(dtype=float)
    return last_year(customer_periods(study, through), study, through).groupby("customer_id")[column].sum()


def _by_rank(people: pd.DataFrame, small: int, confidence: float) -> pd.DataFrame:
    from scipy.special import stdtrit

    grouped = people.groupby(people["rank"].round().astype(int))
    table = grouped[["share", "gain_share"]].mean()
    table.insert(0, "n", grouped.size())
    known = grouped["gain"].count()
    table["estimate"], table["std_error"] = grouped["gain"].mean(), grouped["gain"].std() / np.sqrt(known)
    half = stdtrit(np.maximum(known - 1, 1), 0.5 + confidence / 2) * table["std_error"]
    table["low"], table["high"] = table["estimate"] - half, table["estimate"] + half
    table["suppressed"] = table["n"] < small
    table.loc[table["suppressed"], list(AMOUNTS)] = np.nan
    return table.assign(level="L0", basis="assumed")
