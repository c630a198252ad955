"""Does an estimate stay where it is when a common cause that does not exist is held fixed?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from linkage.checks import NOT_ASSESSED, PASS, REVIEW, Check
from linkage.limits.designs import RANDOM_SHIFT
from linkage.refuting.placebo import _shared_part
from linkage.refuting.sample import LinkSample

DRAWS = 50
BLOCK = 10


@dataclass(frozen=True, eq=False)
class RandomCause:
    """The main estimate with one made-up regressor more.

    draws : (B,) estimates. estimate, std_error : as reported. by_cluster : the regressor was drawn for whole clusters,
    because the driver hardly varies within them.
    """

    draws: np.ndarray
    estimate: float
    std_error: float
    by_cluster: bool

    @property
    def shift(self) -> float:
        """Root mean square move of the estimate, in its standard errors."""
        return float(np.sqrt(np.mean((self.draws - self.estimate) ** 2)) / self.std_error)


def add_random_cause(sample: LinkSample, *, draws: int = DRAWS, seed: int = 0) -> RandomCause | None:
    """Add a regressor drawn by lot, again and again: a sound estimate does not care (Sharma and Kiciman 2020).

    None where nothing was estimated with an error.
    """
    if not (sample.std_error > 0 and np.isfinite(sample.std_error)):
        return None
    y, x, basis, root = _parts(sample)
    shared = _shared_part(x, sample.groups) > 0.5
    rng = np.random.default_rng(seed)
    found = np.empty(draws)
    count = int(sample.groups.max()) + 1
    for start in range(0, draws, BLOCK):
        size = min(BLOCK, draws - start)
        drawn = rng.standard_normal((count if shared else len(y), size))
        drawn = (drawn[sample.groups] if shared else drawn) * root[:, None]
        found[start : start + size] = _beside_it(y, x, basis, drawn)
    return RandomCause(found, sample.estimate, sample.std_error, bool(shared))


def plant_cause(sample: LinkSample, *, with_driver: float, with_outcome: float, seed: int = 0) -> float:
    """The main estimate with a made-up cause of known strength held fixed.

    with_driver : share of the driver's left-over variance that the cause explains, below 1. with_outcome : share it
    explains of what driver and controls leave of the outcome. It works in the direction that weakens the link. What
    `hidden_cause` computes for a cause as strong as a control, done: the cause is made, added and fitted.
    """
    y, x, basis, root = _parts(sample)
    left = y - x * (x @ y) / (x @ x)
    noise = np.random.default_rng(seed).standard_normal(len(y)) * root
    noise = noise - basis @ (basis.T @ noise)
    x_unit, left_unit = x / np.linalg.norm(x), left / np.linalg.norm(left)
    noise = noise - x_unit * (x_unit @ noise) - left_unit * (left_unit @ noise)
    # Of the cause's length, `with_driver` lies along the driver; of the rest, `with_outcome` along what is left.
    along = np.sqrt(with_outcome * (1 - with_driver))
    rest = np.sqrt(max(1 - with_driver - along**2, 0.0))
    sign = 1.0 if sample.estimate >= 0 else -1.0
    cause = np.sqrt(with_driver) * x_unit + sign * along * left_unit + rest * noise / np.linalg.norm(noise)
    return float(_beside_it(y, x, basis, cause[:, None])[0])


def _parts(sample: LinkSample) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Outcome and driver less the other regressors, an orthonormal basis of those, and the root of the weights."""
    root = np.ones(len(sample.y)) if sample.weights is None else np.sqrt(sample.weights)
    y, x = sample.partialled()
    others = np.delete(sample.x, sample.place, axis=1) * root[:, None]
    basis = np.linalg.qr(others)[0] if others.shape[1] else np.zeros((len(y), 0))
    return y, x, basis, root


def _beside_it(y: np.ndarray, x: np.ndarray, basis: np.ndarray, added: np.ndarray) -> np.ndarray:
    """The slope of y on x with each column of `added` (n, B) in turn held fixed: (B,). y and x are partialled."""
    size = np.einsum("ij,ij->j", added, added) - ((basis.T @ added) ** 2).sum(axis=0)
    with_x, with_y = x @ added, y @ added
    return (x @ y * size - with_x * with_y) / (x @ x * size - with_x**2)


def judge_random_cause(found: RandomCause | None) -> Check:
    """PASS where made-up causes leave the estimate alone."""
    name = "random cause"
    if found is None or not np.isfinite(found.shift):
        return Check(name, NOT_ASSESSED, None, RANDOM_SHIFT, "Nothing was estimated with an error.")
    said = f"A made-up common cause moves the estimate by {found.shift:.2f} of its standard error"
    if found.shift > RANDOM_SHIFT:
        return Check(
            name, REVIEW, found.shift, RANDOM_SHIFT,
            f"{said}: there are too few rows or clusters for what is held fixed. Take fewer controls or more rows.",
        )  # fmt: skip
    return Check(name, PASS, found.shift, RANDOM_SHIFT, f"{said}.")
