"""Who moved between detractor, passive and promoter from one wave to the next, and what went with it?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from linkage.errors import LinkageError, TooFewRowsError
from linkage.ladder import ALPHA
from linkage.linking.multiplicity import adjust_p_values
from linkage.memory import kept
from linkage.precision import check_confidence
from linkage.refuting.refit import refit
from linkage.regression.result import t_quantile, t_tail
from linkage.results import Result
from linkage.sentences import amount, signed
from linkage.suppressing import shown_groups
from linkage.worth.people import band_of, loyalty_metric, money_of

if TYPE_CHECKING:
    from linkage.opening import OpenStudy
    from linkage.plots import Picture

UP, DOWN, SAME = "up", "down", "same"
FEWEST = 40


@dataclass(frozen=True, eq=False, repr=False)
class Migration(Result):
    """Moves between loyalty bands, of customers who answered twice.

    estimates : one row a band before and after: n, estimate (share of those who began there), low, high (Wilson),
        suppressed. by_wave : one row a period of the later answer: n, and the shares that went up and down with
        intervals. went_with : one row a metric and direction: estimate is how much more it changed (outcome's unit)
        than among those who stayed in their band, std_error, low, high, p_value (clustered by customer), q_value, n;
        label and unit of the metric.
    missing : why there is none.
    """

    estimates: pd.DataFrame
    by_wave: pd.DataFrame
    went_with: pd.DataFrame
    metric: str
    confidence: float
    n_used: int
    customers: int
    missing: str

    def summary(self) -> str:
        if self.missing:
            return f"No migration between bands. {self.missing}"
        last = self.by_wave.iloc[-1]
        moves = [
            f"{a} to {b}: {row.estimate:.0%} of {int(row.begun):,} ({row.low:.0%} to {row.high:.0%})"
            for (a, b), row in self.estimates.iterrows()
            if a != b and not row.suppressed
        ]
        said = [
            f"{row.label} {amount(row.estimate, row.unit)} among those who went {d} ({signed(row.low)} to "
            f"{signed(row.high)})"
            for (_, d), row in self.went_with.iterrows()
            if row.q_value <= ALPHA
        ]
        clear = " Nothing measured changed clearly otherwise among those who moved."
        if said:
            clear = f" What changed otherwise than among those who stayed: {'; '.join(said)}."
        return (
            f"From answer to answer of {self.metric} (n = {self.n_used:,} pairs of {self.customers:,} customers): "
            f"{'; '.join(moves)}. In {last.name}, {last.up:.0%} went up ({last.up_low:.0%} to {last.up_high:.0%}) and "
            f"{last.down:.0%} down (n = {int(last.n):,}).{clear} What went with a move may be its cause, its result or "
            "neither (L1, estimated); many answers differ by chance, so extremes come back to the middle."
        )

    def table(self, decimals: int = 3) -> pd.DataFrame:
        return super().table(decimals)

    def went_with_table(self, decimals: int = 3) -> pd.DataFrame:
        """What changed with a move, for reading: a row each, with its unit, level and basis."""
        frame = self.went_with.reset_index()
        if frame.empty:
            return frame
        numbers = ["estimate", "low", "high", "p_value", "q_value"]
        frame[numbers] = frame[numbers].astype(float).round(decimals) + 0.0
        frame = frame.assign(level="L1", basis="estimated").set_index("label")
        return frame[["direction", *numbers[:3], "unit", *numbers[3:], "n", "level", "basis"]]

    def plot(self) -> Picture:
        """The share that went up in each wave."""
        from linkage.plots import draw_trend, nothing_to_draw

        if self.missing:
            return nothing_to_draw(self.summary())
        frame = self.by_wave.rename(columns={"up": "estimate", "up_low": "low", "up_high": "high"})
        return draw_trend(
            frame, label="Customers who moved up a band since their answer before", unit="share"
        )


@kept
def band_migration(study: OpenStudy, *, period: object, confidence: float = 0.95) -> Migration:
    """Who moved between the bands from one answer to the next, and what changed with it?

    Each customer's answers to the loyalty question up to a period, paired with the one before. What went with it: the
    change between the two answers of the service before them and of the money after them, against those who stayed
    in their band, by least squares with errors clustered by customer. An association, corrected for how many were
    asked. Never raises for what the data lack: `missing` says it.
    """
    check_confidence(confidence)
    through = study.check_period(period) if study.periods else ""
    try:
        return _migration(study, through, confidence)
    except LinkageError as error:
        empty = pd.DataFrame(columns=["n", "estimate", "low", "high", "suppressed"])
        return Migration(empty, empty, empty, "", confidence, 0, 0, str(error))


def _migration(study: OpenStudy, through: str, confidence: float) -> Migration:
    metric = loyalty_metric(study)
    if metric is None or "link_survey" not in study.tables:
        raise TooFewRowsError(
            "It needs a loyalty question of 0 to 10 (or value.loyalty) answered by customers."
        )
    answers = study.table("link_survey", through=through)
    answers = answers[answers[metric.name].notna() & answers["customer_id"].notna()]
    answers = answers.sort_values(["customer_id", "answered_at", "response_id"], kind="stable").reset_index(
        drop=True
    )
    answers["band"] = band_of(answers[metric.name], metric)
    pairs = _paired(answers, _followed(study, answers, metric.name))
    if len(pairs) < FEWEST:
        raise TooFewRowsError(
            f"{len(pairs):,} customers' answers have one before them; {FEWEST} at least. Ask the same customers again."
        )
    small = study.study.declared.minimum_group
    return Migration(
        estimates=_matrix(pairs, list(answers["band"].cat.categories), small, confidence),
        by_wave=_waves(pairs, small, confidence),
        went_with=_named(_went_with(pairs, _followed(study, answers, metric.name), confidence), study),
        metric=metric.label,
        confidence=confidence,
        n_used=len(pairs),
        customers=pairs["customer_id"].nunique(),
        missing="",
    )


def _followed(study: OpenStudy, answers: pd.DataFrame, metric: str) -> list[str]:
    """What is followed beside the band: metrics of contacts, and money after the answer."""
    source = study.study.source_of("interactions")
    service = [m.name for m in study.study.metrics_of(source.name)] if source else []
    money = money_of(study)
    spent = [f"{m}_after" for m in (money.margin or money.revenue,) if m]
    return [c for c in (*service, "contact_count", *spent) if c in answers and c != metric]


def _paired(answers: pd.DataFrame, followed: list[str]) -> pd.DataFrame:
    """One row an answer with one before it of the same customer: bands, direction and changes."""
    before = answers.shift(1)
    same = (answers["customer_id"] == before["customer_id"]).to_numpy()
    codes = answers["band"].cat.codes
    step = np.sign(codes - codes.shift(1))[same]
    pairs = pd.DataFrame(
        {
            "customer_id": answers["customer_id"][same],
            "period": answers["period"][same],
            "from": answers["band"].shift(1)[same],
            "to": answers["band"][same],
            "direction": step.map({1: UP, 0: SAME, -1: DOWN}),
        }
    )
    for column in followed:
        values = answers[column].astype(float)
        pairs[column] = (values - values.shift(1))[same]
    return pairs.reset_index(drop=True)


def _matrix(pairs: pd.DataFrame, bands: list[str], small: int, confidence: float) -> pd.DataFrame:
    index = pd.MultiIndex.from_product([bands, bands], names=["from", "to"])
    n = pairs.groupby(["from", "to"], observed=False).size().reindex(index, fill_value=0)
    begun = n.groupby(level=0).transform("sum")
    low, high = _wilson(n.to_numpy(), begun.to_numpy(), confidence)
    share = n / begun.where(begun > 0)
    table = pd.DataFrame({"n": n, "begun": begun, "estimate": share, "low": low, "high": high})
    some = begun > 0  # where nobody began, nobody can be told of
    sizes = begun[some].to_numpy()[:: len(bands)]
    table["suppressed"] = True
    table.loc[some, "suppressed"] = np.repeat(~shown_groups(sizes, None, small), len(bands))
    table.loc[table["suppressed"], ["n", "estimate", "low", "high"]] = np.nan
    return table


def _waves(pairs: pd.DataFrame, small: int, confidence: float) -> pd.DataFrame:
    rows = []
    for period, part in pairs.groupby("period", sort=True):
        if len(part) < small:
            continue
        row = {"period": period, "n": len(part)}
        for way in (UP, DOWN):
            hits = np.array([(part["direction"] == way).sum()])
            low, high = _wilson(hits, np.array([len(part)]), confidence)
            row |= {way: hits[0] / len(part), f"{way}_low": low[0], f"{way}_high": high[0]}
        rows.append(row)
    if not rows:
        raise TooFewRowsError(f"No wave has {small} customers who had answered before.")
    return pd.DataFrame(rows).set_index("period")


def _went_with(pairs: pd.DataFrame, followed: list[str], confidence: float) -> pd.DataFrame:
    """Against those who stayed, within the band they began in: who can go up is not who can go down.

    False discoveries are controlled over all rows (Benjamini and Hochberg 1995).
    """
    rows = []
    for column in followed:
        known = pairs.dropna(subset=[column])
        many = known["direction"].value_counts()
        if min(many.get(d, 0) for d in (UP, DOWN, SAME)) < FEWEST or known[column].std() == 0:
            continue
        began = pd.get_dummies(known["from"].astype(str)).to_numpy(dtype=float)
        moves = np.column_stack([known["direction"] == UP, known["direction"] == DOWN]).astype(float)
        fit = refit(
            np.column_stack([moves, began]), known[column].to_numpy(), pd.factorize(known["customer_id"])[0]
        )
        df = np.array([fit.df])
        half = float(t_quantile((1 + confidence) / 2, df)[0])
        for place, way in enumerate((UP, DOWN)):
            value, error = fit.along(np.eye(len(fit.estimates))[place])
            p = 2 * float(t_tail(np.array([abs(value) / error]), df)[0])
            ends = (value - half * error, value + half * error)
            rows.append((column, way, value, error, *ends, p, int(many[way])))
    names = ["metric", "direction", "estimate", "std_error", "low", "high", "p_value", "n"]
    table = pd.DataFrame(rows, columns=names).set_index(["metric", "direction"])
    table["q_value"] = adjust_p_values(table["p_value"]) if len(table) else table["p_value"]
    return table


def _named(table: pd.DataFrame, study: OpenStudy) -> pd.DataFrame:
    """The same with the label and unit of each metric."""
    columns = study.study.columns["survey"]
    metrics = table.index.get_level_values("metric") if len(table) else []
    return table.assign(label=[columns[m].label for m in metrics], unit=[columns[m].unit for m in metrics])


def _wilson(hits: np.ndarray, n: np.ndarray, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    """Wilson's interval of a share (1927, Journal of the American Statistical Association 22, p. 209)."""
    from scipy.special import ndtri

    z = ndtri(0.5 + confidence / 2)
    n = np.where(n > 0, n, np.nan)
    share = hits / n
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return middle - half, middle + half
