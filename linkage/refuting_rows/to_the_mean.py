"""Where each row's outcome stood before its change began."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.fetching import fetch_rows
from linkage.grains import KEYS
from linkage.study_file.declaration import LinkSpec

if TYPE_CHECKING:
    import pandas as pd

    from linkage.opening import OpenStudy


def to_the_mean_rows(study: OpenStudy, spec: LinkSpec, through: str) -> pd.DataFrame | None:
    """The outcome of every key and period, to be taken where a change of it starts: the key, period and `value`.

    All periods are handed out, whatever `through`: each row of the link takes the values at its own start and before,
    never one after its outcome, so what came later moves nothing.

    None where the link holds no change. An intervention without `change` is a comparison before and after too.
    """
    if spec.grain in ("interaction", "survey") or (spec.change is None and spec.design != "intervention"):
        return None
    (key,) = KEYS[spec.grain]
    return fetch_rows(
        study.connection.sql(
            f"select {key}, period, cast({spec.outcome} as double) as value from link_{spec.grain} "
            f"where {spec.outcome} is not null order by {key}, period"
        )
    )
