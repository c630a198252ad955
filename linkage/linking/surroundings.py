"""What a study knows around a link's own rows: next answers, other windows, the silent, the lost, single answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from linkage.linking.link_rows import segments_of
from linkage.rungs.result import Orders

if TYPE_CHECKING:
    from linkage.opening import OpenStudy
    from linkage.refuting.silence import Silence
    from linkage.study_file.declaration import LinkSpec


@dataclass(frozen=True, eq=False)
class Surroundings:
    """Tables that attacks on one link need besides its rows; None where the study has nothing of the kind.

    ahead : the driver after the outcome. lags : the outcome at other lags. windows : drivers and outcome in other
    windows. silence : who was asked and did not answer. items : the answers that hold driver and outcome. means :
    counts and squares behind means. left : who left meanwhile. values : the outcome of every period. constituency :
    means by unit beside the field's. levels : the link's rows before lag and change. orders : what came first.
    same_source : one answer holds driver and outcome. segments : to ask apart.
    """

    ahead: pd.DataFrame | None = None
    lags: pd.DataFrame | None = None
    windows: pd.DataFrame | None = None
    silence: Silence | None = None
    items: pd.DataFrame | None = None
    means: pd.DataFrame | None = None
    left: pd.DataFrame | None = None
    values: pd.DataFrame | None = None
    constituency: pd.DataFrame | None = None
    levels: pd.DataFrame | None = None
    orders: Orders = field(default_factory=Orders)
    scales: dict[str, tuple[float, float] | None] = field(default_factory=dict)
    segments: tuple[str, ...] = ()
    minimum_group: int = 10

    @property
    def same_source(self) -> bool:
        return self.items is not None


class Lookout:
    """Looks around the links of one family: what several links need is fetched once."""

    is_only_a_help = True
    """No answer depends on what it has fetched already."""

    def __init__(self, study: OpenStudy, through: str):
        self.study, self.through = study, through
        self._silences: dict[str, Silence | None] = {}

    def around(self, spec: LinkSpec) -> Surroundings:
        """Everything the study knows around one link."""
        from linkage.refuting_rows.aggregation import aggregation_rows
        from linkage.refuting_rows.constituency import constituency_rows
        from linkage.refuting_rows.lead import lag_rows, lead_rows
        from linkage.refuting_rows.rungs import orders_of, rung_rows
        from linkage.refuting_rows.same_source import same_source_rows
        from linkage.refuting_rows.survivors import survivors_rows
        from linkage.refuting_rows.to_the_mean import to_the_mean_rows
        from linkage.refuting_rows.windows import window_rows

        asked = (self.study, spec, self.through)
        return Surroundings(
            ahead=lead_rows(*asked),
            lags=lag_rows(*asked),
            windows=window_rows(*asked),
            silence=self._silence(spec),
            items=same_source_rows(*asked),
            means=aggregation_rows(*asked),
            left=survivors_rows(*asked),
            values=to_the_mean_rows(*asked),
            constituency=constituency_rows(*asked),
            levels=rung_rows(*asked),
            orders=orders_of(self.study.study, spec),
            scales=_scales(self.study, spec),
            segments=segments_of(self.study, spec),
            minimum_group=self.study.study.declared.minimum_group,
        )

    def _silence(self, spec: LinkSpec) -> Silence | None:
        """Who did not answer the question that a link rests on: the same for every link on it."""
        from linkage.refuting.silence import look_at_silence
        from linkage.refuting_rows.nonresponse import asked_metric, nonresponse_rows

        metric = asked_metric(self.study, spec)
        if metric is None:
            return None
        if metric not in self._silences:
            self._silences[metric] = look_at_silence(nonresponse_rows(self.study, spec, self.through))
        return self._silences[metric]


def _scales(study: OpenStudy, spec: LinkSpec) -> dict[str, tuple[float, float] | None]:
    metrics = study.study.metrics
    return {c: metrics[c].scale for c in (spec.outcome, *spec.drivers) if c in metrics}
