"""One question to one method, and what is wanted of its answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

COVERED = (0.925, 0.975)
FALSE_ALARMS = (0.0, 0.065)


@dataclass(frozen=True)
class Case:
    """One question to one method.

    ask : of a generator and a seed; true where the interval covered, or (null) where the test saw something.
    """

    name: str
    method: str
    is_null: bool
    ask: Callable[[np.random.Generator, int], bool]

    @property
    def wanted(self) -> tuple[float, float]:
        return FALSE_ALARMS if self.is_null else COVERED


def covers(row: pd.Series, truth: float) -> bool:
    return bool(row["low"] <= truth <= row["high"])
