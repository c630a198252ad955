"""What was done to a metric's raw values before anything was counted, in a sentence a reader can check."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from linkage.periods import period_of
from linkage.study_file.raw_rules import DAYS, REOPENED

if TYPE_CHECKING:
    from linkage.study import Study
    from linkage.study_file.declaration import Metric, SourceSpec
    from linkage.study_file.raw_rules import BusinessHours


def raw_note(study: Study, metric: Metric) -> str:
    """How staging made a metric's values, where it did more than read them; empty otherwise."""
    spec = study.sources[metric.of]
    said = [
        _of_choice(metric),
        _of_words(metric),
        _of_span(study, metric),
        _of_scales(metric),
        _of_money(study, metric, spec),
    ]
    return " ".join([*filter(None, said), *_of_copies(metric, spec)])


def scale_changes(study: Study, metric: Metric) -> dict[str, str]:
    """For each period in which a scale began to be asked, what had been asked before: a mark for charts."""
    kind, month = study.declared.period, study.fiscal_month
    return {
        str(period_of(was.until + timedelta(days=1), kind, month)): f"{_scale(was.scale)} until {was.until}"
        for was in sorted(metric.was, key=lambda was: was.until)
    }


def _of_choice(metric: Metric) -> str:
    for column, words in metric.choice.items():
        return f"1 where {' or '.join(words)} is among the choices of {column}, 0 where only others are."
    return ""


def _of_words(metric: Metric) -> str:
    said = ", ".join(f"{word!r} is {number:g}" for word, number in metric.words.items())
    return f"Answers in words count as numbers: {said}." if said else ""


def _of_span(study: Study, metric: Metric) -> str:
    if not metric.is_span:
        return ""
    hours = study.declared.business_hours if metric.clock == "business" else None
    when = f"while the business was open ({_opening(hours)})" if hours else "by the clock"
    unit = {"second": "Seconds", "minute": "Minutes", "hour": "Hours", "day": "Days of 24 hours"}[metric.unit]
    return f"{unit} from {metric.from_} until {metric.until}, {when}; missing where one of them is."


def _opening(hours: BusinessHours) -> str:
    days = [f"{day} {_clock(hours.days[day])}" for day in DAYS if day in hours.days]
    if len(set(hours.days.values())) == 1:
        days = [f"{', '.join(d for d in DAYS if d in hours.days)} {_clock(next(iter(hours.days.values())))}"]
    return "; ".join(days) + (f"; {len(hours.holidays)} holidays off" if hours.holidays else "")


def _clock(day: tuple[int, int]) -> str:
    return "-".join(f"{second // 3600:02}:{second % 3600 // 60:02}" for second in day)


def _of_scales(metric: Metric) -> str:
    if not metric.was:
        return ""
    was = "; ".join(
        f"{_scale(w.scale)} until {w.until}" for w in sorted(metric.was, key=lambda was: was.until)
    )
    how = "moved linearly" if metric.score == "mean" else "moved linearly and rounded to whole points"
    return f"Asked on another scale before ({was}): those answers are {how} to {_scale(metric.scale)}."


def _scale(scale: tuple[float, float]) -> str:
    return f"{scale[0]:g} to {scale[1]:g}"


def _of_money(study: Study, metric: Metric, spec: SourceSpec) -> str:
    home = study.declared.currency
    if metric.unit != home:
        return ""
    said = []
    if spec.currency is not None and spec.currency != home:
        by_period = any(isinstance(rate, dict) for rate in study.declared.rates.values())
        said.append(f"converted to {home} at the study's rates{' of the period' if by_period else ''}")
    if spec.tax is not None:
        share = f" of {spec.tax:.4g}" if isinstance(spec.tax, float) else f", whose share is in {spec.tax}"
        said.append(f"net of tax{share}")
    whole = " and ".join(said)
    return f"{whole[0].upper()}{whole[1:]}." if said else ""


def _of_copies(metric: Metric, spec: SourceSpec) -> list[str]:
    if spec.doubled == "refuse":
        return []
    if metric.column == REOPENED and REOPENED not in spec.columns:
        return ["How many further rows the same key had."]
    if spec.doubled == "merge":
        return ["Rows of one key are merged into one."]
    return [f"Of several rows of one key the {spec.doubled} counts."]
