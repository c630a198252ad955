"""What study.yml may say under `goals`: targets and costs of operational metrics, and where promises stand."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from linkage.study_file.raw_rules import Declared, Name

Money = Annotated[float, Field(ge=0)]


class MetricGoal(Declared):
    """What is stated of one operational metric.

    target : the outcome that must still be expected, in its own units. cost : what it costs to make the metric one
    unit better for one contact. value : what a point of the outcome is worth, per contact. outcome : which feedback
    metric it is to serve. source : who says so. Costs and values are assumptions: what rests on them is L0.
    """

    outcome: Name | None = None
    target: float | None = None
    cost: Money | None = None
    value: Money | None = None
    source: str = ""


class PromiseRule(Declared):
    """Where a promise and what came of it are recorded.

    promised, actual : times of a contact. late, early : or two metrics in days, each zero where it does not apply.
    kept_within : days either side of the promise that count as keeping it.
    """

    promised: Name | None = None
    actual: Name = "ended_at"
    late: Name | None = None
    early: Name | None = None
    kept_within: Annotated[float, Field(ge=0)] = 0.5

    @model_validator(mode="after")
    def _one_way(self) -> PromiseRule:
        if (self.promised is None) == (self.late is None or self.early is None):
            raise ValueError("say either 'promised' (a time), or both 'late' and 'early' (metrics in days)")
        return self


class GoalRules(Declared):
    """Everything stated about operational goals; none of it is needed.

    outcome, target, value : for every metric that does not state its own. source : who states `value`.
    """

    outcome: Name | None = None
    target: float | None = None
    value: Money | None = None
    source: str = ""
    promise: PromiseRule | None = None
    metrics: dict[Name, MetricGoal] = Field({})

    def of(self, metric: str) -> MetricGoal:
        """What is stated of a metric, the study's own where it states nothing."""
        own = self.metrics.get(metric, MetricGoal())
        common = {"outcome": self.outcome, "target": self.target, "value": self.value, "source": self.source}
        given = {key: getattr(own, key) for key in common if getattr(own, key) not in (None, "")}
        return own.model_copy(update={**common, **given})
