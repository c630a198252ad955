"""Does a link depend on how it was asked? The same question under every reasonable choice: the specification curve."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.checks import NOT_ASSESSED, PASS, REVIEW, Check
from linkage.group_codes import without_gaps
from linkage.limits.designs import CHANCE_SHOWN_SHARE, SAME_SIGN_SHARE, SHOWN_SHARE
from linkage.limits.fewest import FEWEST_FITTED, FEWEST_SPECIFICATIONS
from linkage.refuting.choices import AS_DECLARED, OTHER_LAG, Choice, Choices, choices_of
from linkage.refuting.sample import LinkSample
from linkage.regression.result import t_quantile


@dataclass(frozen=True, eq=False)
class Specifications:
    """The main estimate under other choices.

    estimates : one row a specification: its choices, estimate, std_error, low, high (in the units of its outcome),
    n, clusters, standard (standard deviations of the outcome for one of the driver), declared, counted.
    same_sign, shown : shares of the counted others with the declared one's sign, and whose interval excludes zero on
    that side. median, smallest, largest : of their standardised estimates. Other lags are not counted: they ask
    something else.
    No joint test is claimed: the specifications share their rows (Simonsohn, Simmons and Nelson 2020).
    """

    estimates: pd.DataFrame
    same_sign: float
    shown: float
    median: float
    smallest: float
    largest: float

    @property
    def turning(self) -> pd.Series | None:
        """The specification furthest to the other side; None where all keep the sign."""
        sign = np.sign(self.estimates.loc[self.estimates["declared"], "standard"].iloc[0])
        along = self.estimates.loc[self.estimates["counted"], "standard"] * sign
        return self.estimates.loc[along.idxmin()] if along.min() < 0 else None


def curve_specifications(
    sample: LinkSample,
    *,
    outcomes: tuple[str, ...] = (),
    controls: tuple[tuple[str, ...], ...] = (),
    windows: pd.DataFrame | None = None,
) -> Specifications | None:
    """Estimate a link under other reasonable controls, outcomes, periods, rows, windows, weights and errors.

    outcomes, controls : declared alternatives, columns of the sample's table. windows : columns measured in another
    window, aligned with the sample's rows and named `column|window`.

    Controls, outcomes, period effects and rows are crossed, up to 200 specifications; the others change one choice
    at a time. Intervals are those of clustered errors with t(G-1), no bootstrap. None below four specifications.
    """
    choices = choices_of(sample, outcomes=outcomes, controls=controls, windows=windows)
    order = np.argsort(sample.groups, kind="stable")
    batches: dict[tuple, list[Choice]] = defaultdict(list)
    for choice in choices.specifications:
        batches[(choice.rows, choice.period_effects, choice.window, choice.weights)].append(choice)
    made = [row for batch in batches.values() for row in _run_batch(choices, batch, order)]
    frame = pd.DataFrame(made)
    if frame.empty or not frame["declared"].any() or frame["counted"].sum() < FEWEST_SPECIFICATIONS:
        return None
    frame = frame.sort_values("standard", kind="stable", ignore_index=True)
    own = frame.loc[frame["declared"], "standard"].iloc[0]
    others, sign = frame[frame["counted"] & ~frame["declared"]], np.sign(own)
    beyond = (others["low"] > 0) if sign > 0 else (others["high"] < 0)
    return Specifications(
        frame, float((np.sign(others["standard"]) == sign).mean()), float(beyond.mean()),
        float(others["standard"].median()), float(others["standard"].min()), float(others["standard"].max()),
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Batch:
    """The columns that specifications of the same rows share, sorted by cluster.

    columns : (n, K) all regressors, the intercept and the drivers first. places : columns by control.
    fixed : the columns that stay. driver : that of the main driver, spread : its standard deviation. absorbed : periods
    taken out. order : (n,) the sample's rows.
    """

    columns: np.ndarray
    places: dict[str, list[int]]
    fixed: list[int]
    driver: int
    spread: float
    weights: np.ndarray | None
    groups: np.ndarray
    absorbed: int
    order: np.ndarray


def _run_batch(choices: Choices, batch: list[Choice], order: np.ndarray):
    """The rows of the curve that share rows, window, weights and period effects."""
    by_needs = defaultdict(list)
    for choice in batch:
        by_needs[_mask(choices, choice).tobytes()].append(choice)
    for same in by_needs.values():
        mask = _mask(choices, same[0])
        if mask.sum() < FEWEST_FITTED:
            continue
        data = _data(choices, same[0], order[mask[order]], sorted({c for s in same for c in s.controls}))
        for controls in dict.fromkeys(c.controls for c in same):
            yield from _run_controls(choices, data, [c for c in same if c.controls == controls])


def _mask(choices: Choices, choice: Choice) -> np.ndarray:
    """The rows that have everything a specification needs."""
    mask = choices.rows[choice.rows] & np.isfinite(_outcome(choices, choice))
    for control in choice.controls:
        if control in choices.blocks:
            mask = mask & np.isfinite(choices.blocks[control]).all(axis=1)
    for column in choices.windows.get(choice.window, {}).values():
        mask = mask & np.isfinite(column)
    return mask


def _outcome(choices: Choices, choice: Choice) -> np.ndarray:
    return choices.windows.get(choice.window, {}).get(
        choices.sample.outcome, choices.outcomes[choice.outcome]
    )


def _data(choices: Choices, choice: Choice, rows: np.ndarray, controls: list[str]) -> Batch:
    sample, window = choices.sample, choices.windows.get(choice.window, {})
    of_controls = {n for c in sample.controls for n in sample.names if n == c or n.startswith(f"{c}[")}
    own = [i for i, n in enumerate(sample.names) if n not in of_controls]
    blocks, places = [sample.x[:, own]], {}
    if sample.drivers[0] in window and sample.main == sample.drivers[0]:
        blocks[0] = blocks[0].copy()
        blocks[0][:, own.index(sample.place)] = window[sample.drivers[0]]
    at = len(own)
    for control in (c for c in controls if c in choices.blocks):
        block = window[control][:, None] if control in window else choices.blocks[control]
        places[control] = list(range(at, at + block.shape[1]))
        blocks.append(block)
        at += block.shape[1]
    columns = np.column_stack(blocks)[rows]
    weights = None if sample.weights is None or choice.weights == "none" else sample.weights[rows]
    driver, absorbed = own.index(sample.place), 0
    spread = float(columns[:, driver].std())
    if choice.period_effects:
        columns, absorbed = _less_periods(columns, choices.codes["period"][rows], weights)
    return Batch(
        columns, places, list(range(len(own))), driver, spread, weights,
        without_gaps(sample.groups[rows]), absorbed, rows,
    )  # fmt: skip


def _less_periods(
    values: np.ndarray, codes: np.ndarray, weights: np.ndarray | None
) -> tuple[np.ndarray, int]:
    """Columns less their means by period (Frisch and Waugh 1933): the same slopes as with a term for each period."""
    w = np.ones(len(codes)) if weights is None else weights
    total = np.bincount(codes, weights=w)
    sums = np.column_stack([np.bincount(codes, weights=c * w) for c in values.T])
    means = sums / np.where(total > 0, total, 1.0)[:, None]
    return values - means[codes], int((total > 0).sum()) - 1


def _run_controls(choices: Choices, data: Batch, batch: list[Choice]):
    """Specifications that differ in outcome and errors alone: one matrix, several right-hand sides."""
    places = [*data.fixed, *(p for c in batch[0].controls for p in data.places.get(c, ()))]
    x, place = data.columns[:, places], data.driver
    raw = np.column_stack([_outcome(choices, c)[data.order] for c in batch])
    y = raw
    if data.absorbed:
        y, _ = _less_periods(raw, choices.codes["period"][data.order], data.weights)
    w = np.ones(len(x)) if data.weights is None else data.weights
    scale = np.sqrt(np.einsum("ij,ij->j", x, x))
    scale = np.where(scale > 1e-9 * max(scale.max(), 1e-300), scale, np.inf)
    x = x / scale
    bread = np.linalg.pinv(x.T @ (x * w[:, None]), rcond=1e-11, hermitian=True)
    own = x[:, place]
    pull = x @ bread[place]  # the driver, less what the others say of it, over its own size
    if not (own @ own > 0 and pull @ (own * w) > 0.5):
        return  # the driver does not vary beside what is held fixed
    found = bread @ (x.T @ (y * w[:, None]))
    scores = (pull * w)[:, None] * (y - x @ found)
    for i, choice in enumerate(batch):
        spread = raw[:, i].std()
        if spread == 0:
            continue
        error, df, clusters = _error(choices, data, scores[:, i], choice.errors, len(places))
        told = {"estimate": found[place, i] / scale[place], "std_error": error / scale[place]}
        yield _row(choices, choice, told, df) | {
            "n": len(x),
            "clusters": clusters,
            "standard": told["estimate"] * data.spread / spread,
        }


def _error(choices: Choices, data: Batch, scores: np.ndarray, kind: str, k: int) -> tuple[float, float, int]:
    """Standard error of the driver from its scores, degrees of freedom and clusters, as the link's own are made."""
    n = len(scores)
    left = max(n - k - data.absorbed, 1)
    if kind == "HC1" or (kind == AS_DECLARED and choices.sample.cluster is None):
        return float(np.sqrt(scores @ scores * n / left)), left, n
    codes = data.groups
    if kind != AS_DECLARED:
        codes = pd.factorize(choices.codes[kind][data.order])[0]
    variance, count = _by(scores, codes)
    if kind == "period":  # two-way: with the link's own clusters (Cameron, Gelbach and Miller 2011)
        both = pd.factorize(codes * (data.groups.max() + 1) + data.groups)[0]
        own, own_count = _by(scores, data.groups)
        variance, count = variance + own - _by(scores, both)[0], min(count, own_count)
    return float(np.sqrt(max(variance, 0.0) * (n - 1) / left)), max(count - 1, 1), count


def _by(scores: np.ndarray, codes: np.ndarray) -> tuple[float, int]:
    sums = np.bincount(codes, weights=scores)
    return float(sums @ sums) * len(sums) / max(len(sums) - 1, 1), len(sums)


def _row(choices: Choices, choice: Choice, told: dict[str, float], df: float) -> dict[str, object]:
    sample = choices.sample
    reach = float(t_quantile((1 + sample.confidence) / 2, np.array([float(df)]))[0]) * told["std_error"]
    words = {**vars(choice), "controls": ", ".join(choice.controls) or "none"}
    if choice.errors == "period":
        words["errors"] = f"{sample.cluster or 'row'} and period"
    return {
        **words, **told, "low": told["estimate"] - reach, "high": told["estimate"] + reach,
        "declared": choice == choices.specifications[0], "counted": not choice.window.startswith(OTHER_LAG),
    }  # fmt: skip


def judge_specifications(found: Specifications | None, *, shown: bool = True) -> Check:
    """PASS where nearly all keep the sign and most exclude zero; where no link is shown, where few would show one."""
    name = "specification"
    if found is None:
        return Check(
            name, NOT_ASSESSED, None, SAME_SIGN_SHARE,
            "There are fewer than four ways to ask: declare controls, or `alternatives:`.",
        )  # fmt: skip
    count = int(found.estimates["counted"].sum()) - 1
    said = (
        f"Of {count} other specifications {found.same_sign:.0%} keep the sign and {found.shown:.0%} exclude zero on "
        f"the same side (median {found.median:+.3f} standard deviations, {found.smallest:+.3f} to {found.largest:+.3f})"
    )
    if not shown:
        if found.shown > CHANCE_SHOWN_SHARE:
            return Check(
                name, REVIEW, found.shown, CHANCE_SHOWN_SHARE,
                f"No link as declared, but other choices show one. {said}. Which of them were reasonable beforehand?",
            )  # fmt: skip
        return Check(name, PASS, found.shown, CHANCE_SHOWN_SHARE, f"{said}.")
    if found.same_sign < SAME_SIGN_SHARE or found.shown < SHOWN_SHARE:
        turned = found.turning
        how = "" if turned is None else f" It turns most with {_in_words(turned)}."
        return Check(
            name, REVIEW, found.same_sign, SAME_SIGN_SHARE,
            f"The link depends on how it is asked. {said}.{how} Say why the declared one is right.",
        )  # fmt: skip
    return Check(name, PASS, found.same_sign, SAME_SIGN_SHARE, f"{said}.")


def _in_words(row: pd.Series) -> str:
    parts = [f"controls {row['controls']}"]
    parts += [
        f"{c} {row[c]}" for c in ("outcome", "rows", "window", "errors") if row[c] not in (AS_DECLARED, "all")
    ]
    return "; ".join([*parts, *(["period effects"] if row["period_effects"] else [])])
