"""Fit a chain: each stage on all before it, whole units drawn through every equation at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from linkage.chain.binary import Line, check_flag, fit_probability_chain
from linkage.chain.moments import (
    Columns,
    chain_parts,
    cluster_products,
    draw_products,
    residual_spread,
    step_influences,
)
from linkage.chain.result import Chain, bootstrap_table, chain_names, refuse_failed
from linkage.chain.sensitivity import residual_correlation, sensitivity_table
from linkage.errors import LinkError, TableError, TooFewRowsError
from linkage.group_codes import each_in_one
from linkage.precision import check_confidence, check_draws, check_seed
from linkage.regression.design import Design, build_design, codes_by_value
from linkage.regression.guards import check_condition, check_constants, check_rows
from linkage.rows import as_names


def fit_chain(
    table: pd.DataFrame,
    *,
    cause: str,
    between: str | Sequence[str],
    outcome: str,
    controls: Sequence[str] = (),
    cluster: str | None = None,
    within: str | None = None,
    binary: Sequence[str] = (),
    contrast: tuple[float, float] | None = None,
    draws: int = 2000,
    seed: int = 0,
    confidence: float = 0.95,
) -> Chain:
    """How much of the link from cause to outcome runs through what lies between?

    between : one stage, or several in order (employee engagement -> service -> satisfaction -> spend). Time
        order is the caller's: each column must already hold its own period (cause two periods back, stage
        one, outcome now; `add_lags` makes them). Stages of one and the same survey show a pattern, not a
        sequence.
    controls : what may drive stages and outcome alike; in every equation; categories allowed. Never a
        consequence of the cause.
    cluster : units drawn whole (`unit_id` where employees and customers share branches); rows where not
        given.
    within : take the means of this unit out of every column first, so that units are compared with themselves
        only. It is also the cluster unless said otherwise.
    binary : stages or outcome that are 0 or 1: fitted as logits, effects as probabilities (one stage only),
        for the cause at `contrast` (0 and 1, or its mean and one more).

    Least squares; the indirect part is the product of the paths, its interval the bootstrap's percentiles
    (MacKinnon, Lockwood & Williams 2004; Preacher & Hayes 2008, p. 880). The b path is from the equation that
    holds the cause too. Proof of mediation it is not: that needs the time order and no hidden common cause of
    stage and outcome, for which `sensitivity` gives the breaking point.
    """
    check_confidence(confidence)
    check_seed(seed)
    stages, controls, binary = as_names(between), as_names(controls), as_names(binary)
    _check_words(cause, stages, outcome, controls, binary, within, draws)
    cluster = cluster or within
    design = _design(table, cause, stages, outcome, controls, cluster, within)
    codes = design.groups[0] if cluster else codes_by_value(design)
    shared = {
        "cause": cause,
        "between": stages,
        "outcome": outcome,
        "within": within,
        "n_used": len(design.y),
        "n_dropped": design.n_dropped,
        "cluster": cluster,
        "clusters": int(codes.max()) + 1,
        "draws": draws,
        "seed": seed,
        "confidence": confidence,
    }
    if shared["clusters"] < 5:
        raise TooFewRowsError(
            f"{shared['clusters']} values of {cluster} are too few to draw from; 5 at least."
        )
    names, rows = _in_time_order(design, cause, stages)
    if binary:
        line = _line(names, rows, set(binary), outcome)
        return fit_probability_chain(line, codes, contrast, {**shared, "binary": tuple(binary)})
    columns, absorbed = _columns(design, names, rows, cause, within)
    return _fit_linear_chain(columns, codes, absorbed, shared)


def _fit_linear_chain(columns: Columns, codes: np.ndarray, absorbed: int, shared: dict) -> Chain:
    products = cluster_products(columns.z, codes)
    whole = products.sum(axis=0)
    drawn = [
        (chain_parts(batch, columns), residual_spread(batch))
        for batch in draw_products(products, shared["draws"], shared["seed"])
    ]
    parts, spreads = (np.concatenate(pieces) for pieces in zip(*drawn, strict=True))
    failed = shared["draws"] - len(parts)
    refuse_failed(failed, shared["draws"])
    steps = len(columns.stages)
    values, spread = chain_parts(whole, columns), residual_spread(whole)
    names = chain_names(shared)
    kept = [i for i, name in enumerate(names) if name != "other routes" or steps > 2]
    names = [names[i] for i in kept]
    estimates = bootstrap_table(values[kept], parts[:, kept], names, shared["confidence"])
    sensitivity = sensitivity_table(values[steps], spread, parts[:, steps], spreads, shared["confidence"])
    return Chain(
        **shared,
        estimates=estimates.assign(scale="per unit"),
        delta=_delta_table(columns, products, whole, absorbed, shared),
        sensitivity=sensitivity,
        rho_zero=float(residual_correlation(spread)),
        contrast=None,
        failed_draws=failed,
    )


def _check_words(cause, stages, outcome, controls, binary, within, draws) -> None:
    named = [cause, *stages, outcome, *controls]
    if not stages or len(set(named)) < len(named):
        raise LinkError(f"A chain names each column once, and a stage between: {', '.join(named)}.")
    unknown = set(binary) - {*stages, outcome}
    if unknown:
        raise LinkError(
            f"binary names {', '.join(sorted(unknown))}, neither a stage nor the outcome of this chain."
        )
    if binary and len(stages) > 1:
        raise LinkError("Chains with yes-or-no stages have one stage between; ask for its halves one by one.")
    if binary and within:
        raise LinkError(
            "within= takes unit means out, which leaves no yes and no: use controls for the units."
        )
    check_draws(draws, at_least=100)


def _design(table, cause, stages, outcome, controls, cluster, within) -> Design:
    quoted = [f"`{c}`" for c in (*controls, cause, *stages)]
    labels = list(dict.fromkeys(c for c in (cluster, within) if c))
    design = build_design(table, f"`{outcome}` ~ {' + '.join(quoted)}", cluster=labels or None)
    for column in (cause, *stages):
        if column not in design.recipe.names:
            raise TableError(f"{column!r} is text: a chain needs numbers. Recode it as 0 and 1.")
    check_rows(len(design.y), design.recipe.names)
    return design


def _in_time_order(design: Design, cause: str, stages: tuple[str, ...]) -> tuple[list[str], np.ndarray]:
    """Names and columns (n, q) in time order: controls, cause, stages, outcome."""
    names, middle = design.recipe.names, [cause, *stages]
    order = [*(n for n in names if n not in ("Intercept", *middle)), *middle]
    rows = np.column_stack([design.x[:, [names.index(n) for n in order]], design.y])
    return [*order, design.recipe.outcome], rows


def _line(names: list[str], rows: np.ndarray, binary: set[str], outcome: str) -> Line:
    flags = [names[-2] in binary, outcome in binary]
    for place, is_binary in zip((-2, -1), flags, strict=True):
        if is_binary:
            check_flag(rows[:, place], names[place])
    _check_columns(rows[:, :-1], rows[:, :-1], names[:-1])
    return Line(rows[:, :-3], rows[:, -3], rows[:, -2], rows[:, -1], *flags)


def _columns(design: Design, names: list[str], rows: np.ndarray, cause: str, within: str | None):
    """The columns standardised; and how many degrees of freedom the unit means have taken."""
    left, absorbed = rows, 0
    if within:
        units = design.rows[within].factorize(sort=True)[0]
        if not each_in_one(units, design.groups[0]):
            raise LinkError(
                f"Some {within} spread over several {design.cluster[0]}: draw by {within} or above it."
            )
        left, absorbed = _without_means(rows, units), int(units.max())
    left = _check_columns(left, rows, names)
    scale = left.std(axis=0)
    standard = np.column_stack([np.ones(len(left)), left / scale])
    return Columns(standard, np.concatenate([[1.0], scale]), 1 + names.index(cause)), absorbed


def _check_columns(left: np.ndarray, rows: np.ndarray, names: list[str]) -> np.ndarray:
    """The columns (n, q) centred; refuses constant and collinear ones. rows : as they were given."""
    left = left - left.mean(axis=0)
    check_constants(np.abs(left).max(axis=0), np.abs(rows).max(axis=0), names, len(rows))
    length = np.linalg.norm(left, axis=0)
    check_condition(np.linalg.qr((left / length)[:, :-1], mode="r"), names[:-1])
    return left


def _without_means(z: np.ndarray, units: np.ndarray) -> np.ndarray:
    counts = np.bincount(units)
    means = np.column_stack([np.bincount(units, weights=column) for column in z.T]) / counts[:, None]
    return z - means[units]


def _delta_table(
    columns: Columns, products: np.ndarray, whole: np.ndarray, absorbed: int, shared: dict
) -> pd.DataFrame:
    """First-order errors of the steps, the indirect part, the direct part and the total, per convention."""
    n, values = shared["n_used"], chain_parts(whole, columns)
    steps = len(columns.stages)
    names = [n_ for n_ in chain_names(shared) if n_ != "other routes"]
    kept = np.delete(values, steps + 1)
    gradient = np.array([np.prod(np.delete(values[:steps], j)) for j in range(steps)])
    errors = _plain_errors(columns, whole)
    conventions = {}
    for name, divisor in (("least squares", None), ("maximum likelihood", n)):
        sizes = np.array([e / np.sqrt(divisor or n - absorbed - k) for e, k in errors])
        sobel = np.sqrt(((gradient * sizes[:steps]) ** 2).sum())
        conventions[name] = np.concatenate([sizes[:steps], [sobel], sizes[steps:]])
    if shared["cluster"]:
        conventions["clustered"] = _clustered_errors(columns, products, gradient, n)
    return pd.concat({k: _delta_rows(names, kept, v) for k, v in conventions.items()}, names=["convention"])


def _delta_rows(names: list[str], values: np.ndarray, errors: np.ndarray) -> pd.DataFrame:
    from scipy.special import ndtr

    statistic = values / errors
    columns = {
        "estimate": values,
        "std_error": errors,
        "statistic": statistic,
        "p_value": 2 * ndtr(-abs(statistic)),
    }
    return pd.DataFrame(columns, index=pd.Index(names, name="path"))


def _plain_errors(columns: Columns, whole: np.ndarray) -> list[tuple[float, int]]:
    """Per step, then direct and total: the standard error times the root of its divisor, and its k."""
    places = [(place, place - 1) for place in columns.stages]
    last = columns.stages[-1]
    out = [_plain_error(columns, whole, list(range(place)), place, at) for place, at in places]
    out.append(_plain_error(columns, whole, list(range(last)), last, columns.first))
    out.append(_plain_error(columns, whole, list(range(columns.first + 1)), last, columns.first))
    return out


def _plain_error(
    columns: Columns, whole: np.ndarray, on: list[int], place: int, at: int
) -> tuple[float, int]:
    inverse = np.linalg.inv(whole[np.ix_(on, on)])
    across = whole[on, place]
    left = whole[place, place] - across @ inverse @ across
    unit = columns.scale[place] / columns.scale[at]
    return float(unit * np.sqrt(left * inverse[at, at])), len(on)


def _clustered_errors(columns: Columns, products: np.ndarray, gradient: np.ndarray, n: int) -> np.ndarray:
    """CR1 errors of steps, indirect, direct and total; those of different equations go together."""
    moved = step_influences(products, columns, n)
    last, first = columns.stages[-1], columns.first
    ends = [_end_influence(products, list(range(k)), last, columns, n) for k in (last, first + 1)]
    parts = np.column_stack([moved, moved @ gradient, *ends])
    return np.sqrt((parts**2).sum(axis=0))


def _end_influence(products: np.ndarray, on: list[int], place: int, columns: Columns, n: int) -> np.ndarray:
    """(G,) how much each cluster moves the coefficient of the cause in column `place` regressed on `on`."""
    count, k = len(products), len(on)
    whole = products.sum(axis=0)
    inverse = np.linalg.inv(whole[np.ix_(on, on)])
    b = inverse @ whole[on, place]
    scores = products[:, on, place] - products[:, on][:, :, on] @ b
    unit = columns.scale[place] / columns.scale[columns.first]
    factor = np.sqrt(count / (count - 1) * (n - 1) / (n - k))
    return unit * factor * (scores @ inverse[:, columns.first])
