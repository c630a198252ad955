"""Do those who answered stand for those who did not? The link beside itself with the silent given their weight."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.checks import NOT_ASSESSED, PASS, REVIEW, Check
from linkage.limits.answering import FAR_APART, ROWS_A_TERM, UNLIKE
from linkage.refuting.cells import on_rows
from linkage.refuting.pulls import apart, is_moved, is_told, is_turned, line_of_pulled, pulled
from linkage.refuting.refit import places_of
from linkage.refuting.sample import LinkSample
from linkage.refuting.silence import ANSWERED, Silence
from linkage.rows import as_numbers
from linkage.study_file.declaration import LinkSpec
from linkage.weights.trimming import effective_n


@dataclass(frozen=True, eq=False)
class NonResponse:
    """Those who answered against those who were silent, and the link with the silent given their weight.

    differences : as in Silence.
    estimates : rows unweighted, weighted and difference of the main driver, on the same rows, and outcome_mean and
        weighted_outcome_mean; empty where no weight reaches the link's rows.
    response_share : answered of all asked. n_eff : equal answers that the link's weighted answers are worth.
    reason : why the link has no weighted estimate, if so. invited : whether it is known who was asked; else the silent
        are those who might have been.
    """

    differences: pd.DataFrame
    estimates: pd.DataFrame
    response_share: float
    n_asked: int
    n_answered: int
    n_linked: int
    n_eff: float
    reason: str
    invited: bool = True

    @property
    def largest(self) -> pd.Series:
        """The behaviour that differs most."""
        return self.differences.loc[self.differences["standardised"].abs().idxmax()]


def compare_silent(sample: LinkSample, silence: Silence | None, spec: LinkSpec) -> NonResponse | None:
    """The link as it is, and with each answer weighted for those who did not answer; None without a look at them.

    Where the link's rows are means of answers, the means are weighted; elsewhere the rows. The weights' own error is
    not added: it makes the weighted error, if anything, too wide (Robins, Rotnitzky and Zhao 1994).
    """
    if silence is None:
        return None
    answered = as_numbers(silence.asked[ANSWERED])
    estimates, n, n_eff, reason = _none(), 0, np.nan, silence.reason
    if silence.weights is not None:
        weigh = _weighted_means if spec.grain in ("employee_period", "unit_period") else _weighted_rows
        found = weigh(sample, silence, spec)
        reason = "" if found else "too few of the link's rows are of answers whose weight is known"
        estimates, n, n_eff = found or (_none(), 0, np.nan)
    return NonResponse(
        differences=silence.differences,
        estimates=estimates,
        response_share=float(answered.mean()),
        n_asked=len(answered),
        n_answered=int(answered.sum()),
        n_linked=n,
        n_eff=n_eff,
        reason=reason,
        invited=bool(silence.asked.attrs.get("invited", True)),
    )


def _none() -> pd.DataFrame:
    return pd.DataFrame(columns=["estimate", "std_error", "low", "high", "p_value", "df"])


def _weighted_rows(sample: LinkSample, silence: Silence, spec: LinkSpec):
    """The link with and without weights on its rows; their number, and what the weighted ones are worth."""
    found = _weight_of_rows(sample.table, silence.asked, silence.weights, spec)
    if found is None or np.isfinite(found).sum() <= ROWS_A_TERM * sample.x.shape[1]:
        return None
    has = np.isfinite(found)
    base = np.where(has, 1.0 if sample.weights is None else sample.weights, 0.0)
    extra = np.where(has, found, 0.0) * base
    if not is_told(sample.x, sample.place, extra):
        return None
    lines = _side_by_side(sample, (sample.x, sample.y, base), (sample.x, sample.y, extra))
    return lines, int(has.sum()), effective_n(extra[has])


def _weight_of_rows(
    table: pd.DataFrame, asked: pd.DataFrame, weights: np.ndarray, spec: LinkSpec
) -> np.ndarray | None:
    """The weight of each of the link's rows by its own key; NaN where there is none, None where no key is shared."""
    single = {"interaction": "interaction_id", "survey": "response_id"}.get(spec.grain)
    by_answer = single in asked and single in table and asked[single].notna().any()
    keys, own = (
        ([single], [single]) if by_answer else (["customer_id", "period"], ["customer_id", "answer_period"])
    )
    if not all(k in asked for k in own) or not all(k in table for k in keys):
        return None
    answers = asked[own].set_axis(keys, axis=1).assign(_weight=weights).dropna()
    mean = answers.groupby(keys, as_index=False, sort=False)["_weight"].mean()
    return np.append(mean["_weight"], np.nan)[places_of(table[keys], mean[keys])]


def _weighted_means(sample: LinkSample, silence: Silence, spec: LinkSpec):
    """The link with its means of answers as they are, and with the answers in them weighted."""
    key = "employee_id" if spec.grain == "employee_period" else "unit_id"
    asked = silence.asked.assign(_weight=silence.weights)
    if not {key, "answer_period", "value"} <= set(asked.columns) or key not in sample.table:
        return None
    answers = asked.dropna(subset=[key, "answer_period", "value", "_weight"])
    cells = answers.assign(_total=answers["_weight"] * answers["value"]).groupby([key, "answer_period"])
    sums = cells[["_weight", "_total"]].sum()
    shift = (sums["_total"] / sums["_weight"] - cells["value"].mean()).rename("shift")
    metric = silence.asked.attrs.get("metric")
    x, y = sample.x, sample.y
    if metric == spec.outcome:
        y = y + on_rows(sample.table, shift, spec, "outcome")
    elif metric == sample.main:
        x = x.copy()
        x[:, sample.place] += on_rows(sample.table, shift, spec, "driver")
    else:
        return None
    has = np.isfinite(y) & np.isfinite(x[:, sample.place])
    if has.sum() <= ROWS_A_TERM * sample.x.shape[1]:
        return None
    base = np.where(has, 1.0 if sample.weights is None else sample.weights, 0.0)
    x, y = np.where(has[:, None], x, 0.0), np.where(has, y, 0.0)
    if not is_told(x, sample.place, base):
        return None
    lines = _side_by_side(sample, (sample.x, sample.y, base), (x, y, base))
    return lines, int(has.sum()), effective_n(answers["_weight"])


def _side_by_side(sample: LinkSample, plain: tuple, weighted: tuple) -> pd.DataFrame:
    first, second = (pulled(x, y, sample.groups, sample.place, w) for x, y, w in (plain, weighted))
    ones = np.ones((len(sample.y), 1))
    means = [pulled(ones, y, sample.groups, 0, w) for _, y, w in (plain, weighted)]
    lines = {
        "unweighted": line_of_pulled(first, sample.confidence),
        "weighted": line_of_pulled(second, sample.confidence),
        "difference": apart(second, first, sample.confidence),
        "outcome_mean": line_of_pulled(means[0], sample.confidence),
        "weighted_outcome_mean": line_of_pulled(means[1], sample.confidence),
    }
    return pd.DataFrame(lines).T


def _said(found: NonResponse) -> str:
    row = found.largest
    return (
        f"{found.response_share:.0%} of {found.n_asked:,} asked answered; they differ most in {row.name} "
        f"({row['answered']:.3g} against {row['silent']:.3g}, {row['standardised']:+.2f} standard deviations)"
    )


def judge_nonresponse(found: NonResponse | None) -> Check:
    """REVIEW where the weighted link is another, or the silent are too unlike the answers to be stood for."""
    name = "non-response"
    if found is None:
        return Check(
            name, NOT_ASSESSED, None, UNLIKE,
            "No answer of customers is in the link, or the behaviour of those who did not answer is not known.",
        )  # fmt: skip
    if not found.invited:
        return Check(
            name, NOT_ASSESSED, None, UNLIKE,
            "The study has no invitations that name the answer they brought: who was asked, and did not answer, is not "
            "known. Add `invitations` to its sources.",
        )  # fmt: skip
    size, said = float(found.largest["standardised"]), _said(found)
    if found.estimates.empty:
        verdict = REVIEW if abs(size) > UNLIKE else PASS
        return Check(
            name, verdict, size, UNLIKE, f"{said}. The link could not be weighted for it: {found.reason}."
        )
    plain, weighted, moved = (found.estimates.loc[k] for k in ("unweighted", "weighted", "difference"))
    worth = f"weighted for it the link is {weighted['estimate']:.4g} beside {plain['estimate']:.4g}"
    if is_turned(weighted, plain) or is_moved(moved, float(weighted["std_error"])):
        return Check(
            name, REVIEW, size, UNLIKE,
            f"{said}; {worth}: the link of those who answer is not that of all. Report the weighted one.",
        )  # fmt: skip
    left = found.differences["weighted_standardised"].abs().max()
    if abs(size) > FAR_APART or left > UNLIKE:
        return Check(
            name, REVIEW, size, FAR_APART,
            f"{said}; {worth}, but they are too unlike for weights to stand for the silent. Ask some of them.",
        )  # fmt: skip
    caution = " Their mean is not that of all, though." if abs(size) > UNLIKE else ""
    return Check(
        name, PASS, size, UNLIKE, f"{said}; {worth} (worth {found.n_eff:,.0f} equal answers).{caution}"
    )
