"""Which answers, trainings and links of a study speak of employees and partners."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.catalogue import FEEDBACK, MONEY, PEOPLE
from linkage.linking.link_rows import is_there
from linkage.refuting_rows.constituency import is_of_constituents
from linkage.study_file.declaration import LinkSpec

if TYPE_CHECKING:
    from linkage.opening import OpenStudy
    from linkage.study_file.declaration import Metric

TRAINED = ("is_trained", "training_count")


def employee_metrics(study: OpenStudy) -> list[Metric]:
    """What employees answer."""
    source = study.study.source_of("employee_feedback")
    return study.study.metrics_of(source.name) if source else []


def employee_links(study: OpenStudy) -> list[LinkSpec]:
    """Declared links from what employees say, or from their training, to what their customers say."""
    if "link_employee_period" not in study.tables:
        return []
    columns = study.study.columns["employee_period"]
    return [
        s for s in study.study.links.values()
        if s.grain == "employee_period" and _asks(study, s)
        and columns[s.drivers[0]].origin == PEOPLE and columns[s.outcome].origin == FEEDBACK
    ]  # fmt: skip


def partner_links(study: OpenStudy) -> list[LinkSpec]:
    """Declared links of units whose first driver is what partners (or the people of units) said."""
    if "link_unit_period" not in study.tables:
        return []
    return [
        s
        for s in study.study.links.values()
        if s.grain == "unit_period" and _asks(study, s) and is_of_constituents(study, s)
    ]


def money_links(study: OpenStudy, driver: str) -> list[LinkSpec]:
    """Declared links of units that lead from what customers say to money."""
    if "link_unit_period" not in study.tables:
        return []
    columns = study.study.columns["unit_period"]
    return [
        s for s in study.study.links.values()
        if s.grain == "unit_period" and s.drivers[0] == driver and s.change is None and _asks(study, s)
        and columns[s.outcome].origin == MONEY
    ]  # fmt: skip


def is_training(spec: LinkSpec) -> bool:
    return spec.drivers[0] in TRAINED


def training_outcome(study: OpenStudy) -> str | None:
    """What customers say that a training is held against: as declared, else the first they say of employees."""
    declared = [s.outcome for s in employee_links(study) if is_training(s)]
    columns = study.study.columns["employee_period"]
    known = [n for n, c in columns.items() if c.origin == FEEDBACK and c.metric]
    others = [s.outcome for s in employee_links(study)]
    return next(iter([*declared, *others, *known]), None)


def engagement_metric(study: OpenStudy) -> str | None:
    """What employees say as a whole: the driver of the first declared link of theirs, else their first answer."""
    names = [m.name for m in employee_metrics(study)]
    declared = [s.drivers[0] for s in employee_links(study) if s.drivers[0] in names]
    return next(iter([*declared, *names]), None)


def _asks(study: OpenStudy, spec: LinkSpec) -> bool:
    """Whether all its columns are there."""
    columns = study.study.columns[spec.grain]
    named = (spec.outcome, *spec.drivers)
    return all(n in columns for n in named) and all(
        is_there(study, spec, c) for c in (*named, *spec.controls)
    )
