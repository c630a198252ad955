"""The ways to turn answers into a metric: the mean, top boxes, net promoters, loyalty indices, effort.

Each contender is one number an answer, so that its mean over a customer's or unit's answers is the metric.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from linkage.study import Study
    from linkage.study_file.declaration import Metric

INDICES = {"rli": "Retention index", "ali": "Advocacy index", "pli": "Purchasing index"}
"""The three loyalty indices by the names of their items (Hayes 2013): rli_1, rli_2, ..."""


@dataclass(frozen=True)
class Contender:
    """One metric in the race. sql : its value for an answer. of : the metrics it is made of.

    is_whole : whether its value is a whole number whatever is answered, so that it adds up alike in any order.
    """

    name: str
    label: str
    sql: str
    of: tuple[str, ...]
    is_whole: bool = False

    @property
    def metric(self) -> str:
        """What is counted, without the way it is counted: "Likelihood to recommend"."""
        return self.label.rpartition(", ")[0] if len(self.of) == 1 else self.label


def contenders_of(study: Study) -> list[Contender]:
    """Every way the study's answers can be turned into a metric, in the order declared."""
    source = study.source_of("feedback")
    if source is None:
        return []
    metrics = study.metrics_of(source.name)
    items = {prefix: [m for m in metrics if m.name.startswith(f"{prefix}_")] for prefix in INDICES}
    inside = {m.name for group in items.values() if len(group) > 1 for m in group}
    found = [c for m in metrics if m.name not in inside for c in _of_score(m)]
    return found + [_index(prefix, group) for prefix, group in items.items() if len(group) > 1]


def _of_score(metric: Metric) -> list[Contender]:
    """A score as its mean, its top box and top two boxes, and as promoters less detractors on a scale of 0 to 10."""
    name, made = (
        metric.name,
        [Contender(metric.name, f"{metric.label}, mean", f"answers.{metric.name}", (metric.name,))],
    )
    if metric.scale is None or metric.scale[1] - metric.scale[0] < 3:
        return made
    low, high = metric.scale
    best, step = (high, -1) if metric.better == "higher" else (low, 1)
    for count, words in ((1, "top box"), (2, "top two boxes")):
        edge, sign = best + step * (count - 1), ">=" if step < 0 else "<="
        made.append(
            Contender(
                f"{name}_top_{count}",
                f"{metric.label}, {words}",
                _flag(name, f"{sign} {edge:g}"),
                (name,),
                True,
            )
        )
    if (low, high) == (0, 10) and metric.better == "higher":
        score = f"{_flag(name, '>= 9')} - {_flag(name, '<= 6')}"
        made.append(Contender(f"{name}_net", f"{metric.label}, net promoters", score, (name,), True))
    return made


def _flag(name: str, condition: str) -> str:
    return f"case when answers.{name} is not null then cast(answers.{name} {condition} as double) end"


def _index(prefix: str, items: list[Metric]) -> Contender:
    """The mean of an index's items; missing where one of them is."""
    total = " + ".join(f"answers.{m.name}" for m in items)
    return Contender(prefix, INDICES[prefix], f"({total}) / {len(items)}", tuple(m.name for m in items))
