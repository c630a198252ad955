"""Whether the names under `goals`, `value` and `scenarios` of study.yml lead somewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from linkage.study_file.explaining import suggest

if TYPE_CHECKING:
    from linkage.goals.declared import PromiseRule
    from linkage.study import Study
    from linkage.worth.declared import Scenario

Stop = Callable[[tuple, str], None]
"""Raises StudyError for a place (its keys) and what is wrong there."""

COUNTED = "contacts_to_resolve"
"""The operational metric that goals count from the contacts themselves; it needs no declaration."""


def check_stated_names(study: Study, stop: Stop) -> None:
    """Stop at the first name of a metric, column or link that does not exist, naming the nearest that does."""
    _check_goals(study, stop)
    _check_value(study, stop)
    for name, scenario in study.declared.scenarios.items():
        _check_scenario(study, scenario, lambda key, text, name=name: stop(("scenarios", name, key), text))


def _check_goals(study: Study, stop: Stop) -> None:
    rules = study.declared.goals
    if rules.outcome:
        _metric(study, rules.outcome, ("goals", "outcome"), stop)
    for name, own in rules.metrics.items():
        if name != COUNTED:
            _metric(study, name, ("goals", "metrics", name), stop)
        if own.outcome:
            _metric(study, own.outcome, ("goals", "metrics", name, "outcome"), stop)
    if rules.promise:
        _check_promise(study, rules.promise, stop)


def _check_promise(study: Study, rule: PromiseRule, stop: Stop) -> None:
    """Times of a contact, or its metrics in days."""
    kinds = {"promised": "time", "actual": "time"} if rule.promised else {"late": "number", "early": "number"}
    columns = study.columns["interaction"]
    for key, kind in kinds.items():
        name = getattr(rule, key)
        fitting = [c.name for c in columns.values() if c.kind == kind]
        if name not in columns:
            stop(("goals", "promise", key), f"no contact has {name!r}.{suggest(name, fitting)}")
        if columns[name].kind != kind:
            stop(("goals", "promise", key), f"{name} is a {columns[name].kind}, and must be a {kind}.")


def _check_value(study: Study, stop: Stop) -> None:
    value = study.declared.value
    named = [(("value", "loyalty"), value.loyalty), (("value", "margin"), value.margin)]
    if value.wallet:
        named += [(("value", "wallet", key), getattr(value.wallet, key)) for key in ("rank", "brands")]
    for key, name in named:
        if name:
            _metric(study, name, key, stop)


def _metric(study: Study, name: str, key: tuple, stop: Stop) -> None:
    if name not in study.metrics:
        stop(key, f"no metric {name!r} is declared.{suggest(name, list(study.metrics))}")


def _check_scenario(study: Study, scenario: Scenario, stop: Callable[[str, str], None]) -> None:
    """Its links are declared, its driver is the first link's, and each link starts where the one before it ends."""
    for key, name in (("link", scenario.link), *(("chain", name) for name in scenario.chain)):
        if name not in study.links:
            stop(key, f"no link {name!r} is declared.{suggest(name, list(study.links))}")
    first = study.links[scenario.link]
    if scenario.driver and scenario.driver not in first.drivers:
        stop(
            "driver",
            f"{first.name} has no driver {scenario.driver!r}.{suggest(scenario.driver, list(first.drivers))}",
        )
    ends, before = first.outcome, first.name
    for name in scenario.chain:
        link = study.links[name]
        if ends not in link.drivers:
            stop(
                "chain",
                f"the chain breaks: {before} ends in {ends}, but {name} starts from {', '.join(link.drivers)}. "
                "Name a link whose driver is the outcome before it.",
            )
        ends, before = link.outcome, name
    known = study.columns["customer_period"]
    for column in scenario.where:
        if column not in known:
            stop("where", f"customers have no {column!r}.{suggest(column, list(known))}")
