"""Separation in any number of rows: the exact linear programme, its violated rows fetched by passes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from linkage.errors import FitError
from linkage.regression.glm import LOGIT, POISSON, Family
from linkage.regression.guards import listed
from linkage.regression.separation import ROWS_AT_ONCE, _best
from linkage.regression.streamed_moments import Coordinates, Stream

MOST_ROUNDS = 40


def check_separation_stream(stream: Stream, at: Coordinates, family: Family) -> None:
    """Refuse a likelihood that grows for ever in some direction; see check_separation."""
    if family not in (LOGIT, POISSON):
        return
    total, pool, plane = _survey(stream, at, family)
    for _ in range(MOST_ROUNDS):
        direction = _best(total, pool, plane)
        if total @ direction <= 1e-12:
            return
        violated, gaining = _violations(stream, at, family, direction)
        if not len(violated):
            _refuse(stream, at, family, direction, gaining, (total, pool, plane))
        pool = np.concatenate([pool, violated])


def _turned(stream: Stream, at: Coordinates, family: Family) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """For each block the rows whose likelihood only rises with a larger value, and those that fall either way."""
    size = np.sqrt(stream.plan.rows.n_used)
    for block in stream.blocks():
        rows = (at.local.T @ block.matrix()[:-1]).T * size
        if family is LOGIT:
            yield rows * np.where(block.y > 0, 1.0, -1.0)[:, None], rows[:0]
        else:
            yield -rows[block.y == 0], rows[block.y > 0]


def _survey(
    stream: Stream, at: Coordinates, family: Family
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """The mean of the rows, some of them to start with, and the directions that the fixed rows forbid."""
    n, k = stream.plan.rows.n_used, stream.k
    total, products, pool = np.zeros(k), np.zeros((k, k)), []
    each = max(1, ROWS_AT_ONCE * stream.plan.rows.block_rows // n)
    for rows, fixed in _turned(stream, at, family):
        total += rows.sum(axis=0) / n
        products += fixed.T @ fixed / n
        if len(rows):
            pool.append(rows[np.linspace(0, len(rows) - 1, min(each, len(rows))).astype(int)])
    values, vectors = np.linalg.eigh(products)
    forbidden = vectors[:, values > 1e-10 * max(values[-1], 1e-300)].T
    return total, np.concatenate([np.empty((0, k)), *pool]), forbidden if family is POISSON else None


def _violations(
    stream: Stream, at: Coordinates, family: Family, direction: np.ndarray
) -> tuple[np.ndarray, int]:
    """The rows that lose most by a direction, and how many gain."""
    worst, gaining = np.empty((0, stream.k)), 0
    for rows, _ in _turned(stream, at, family):
        gain = rows @ direction
        gaining += int((gain > 1e-7).sum())
        worst = np.concatenate([worst, rows[gain < -1e-7]])
        worst = worst[np.argsort(worst @ direction)[:ROWS_AT_ONCE]]
    return worst, gaining


def _refuse(
    stream: Stream, at: Coordinates, family: Family, direction: np.ndarray, gaining: int, programme
) -> None:
    plan, to_columns = stream.plan, np.linalg.inv(at.back)
    reach = np.abs(at.back @ direction) * np.linalg.norm(to_columns, axis=0)  # in columns of one scale
    others = [i for i, name in enumerate(plan.names) if name != "Intercept"]
    together = [i for i in others if reach[i] > 1e-6 * reach.max()]
    alone = [i for i in together if _separates_alone(stream, at, family, i, programme)]
    raise FitError(
        f"{plan.recipe.outcome!r} is predicted without error in {gaining:,} of {plan.rows.n_used:,} rows by "
        f"{listed([plan.names[i] for i in alone or together or others])}: the coefficient grows for ever and no "
        "estimate exists. Join the categories in which the outcome does not vary, leave the term out, or look whether "
        "it was made from the outcome."
    )


def _separates_alone(stream: Stream, at: Coordinates, family: Family, place: int, programme) -> bool:
    """Whether a regressor separates by itself, or with the constant."""
    total, pool, plane = programme
    axes = [np.eye(stream.k)[place]]
    if stream.layout.constant is not None:
        axes.append(stream.layout.constant)
    basis = np.linalg.qr(np.linalg.solve(at.back, np.array(axes).T))[0]
    found = _best(total @ basis, pool @ basis, None if plane is None else plane @ basis)
    direction = basis @ found
    return bool(total @ direction > 1e-12) and not len(_violations(stream, at, family, direction)[0])
