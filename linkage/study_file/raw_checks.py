"""Whether what a study states about its raw data fits together: options against sources, metrics and each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from linkage.errors import PeriodError
from linkage.study_file.explaining import suggest
from linkage.study_file.roles import ROLES

if TYPE_CHECKING:
    from linkage.study import Study
    from linkage.study_file.declaration import Metric, SourceSpec

Mistake = tuple[tuple, str]
UNITS = ("second", "minute", "hour", "day")
MERGED = ("interactions", "transactions")


def check_raw_rules(study: Study, stop: Callable[[tuple, str], None]) -> None:
    """Hand the first mistake to `stop`, with its key; every source's role and metric's source are known to exist."""
    for key, text in _mistakes(study):
        stop(key, text)


def _mistakes(study: Study) -> Iterator[Mistake]:
    yield from _of_rates(study)
    for name, spec in study.sources.items():
        for key, text in _of_source(study, name, spec):
            yield ("sources", name, *key), text
    for name, metric in study.metrics.items():
        spec = study.sources[metric.of]
        for key, text in (
            *_of_choice(metric, spec),
            *_of_scales(metric, spec),
            *_of_span(study, metric, spec),
            *_of_aggregate(metric),
        ):
            yield ("metrics", name, *key), text


def is_share(metric: Mapping[str, Any]) -> bool:
    """Whether a metric, as study.yml writes it, is a share of yes or of a whole: it is averaged, never summed.

    A flag with a unit of its own, such as `order`, counts things.
    """
    unit = metric.get("unit", "point")
    return unit == "share" or (metric.get("type") in ("flag", "percent") and unit == "point")


def _of_aggregate(metric: Metric) -> Iterator[Mistake]:
    if metric.aggregate == "sum" and is_share({"type": metric.type, "unit": metric.unit}):
        yield (
            ("aggregate",),
            "a share adds up to nothing: leave 'aggregate' out, so that it is averaged. To count the rows with yes, "
            "give the flag a unit of its own, such as 'unit: order'.",
        )


def _of_rates(study: Study) -> Iterator[Mistake]:
    for name, rate in study.declared.rates.items():
        if isinstance(rate, dict):
            try:
                study.period(name)
            except PeriodError as error:
                yield (
                    ("rates", name),
                    f"{error} Rates by currency stand below a period, or directly under rates.",
                )
        for code in rate if isinstance(rate, dict) else (name,):
            if code == study.declared.currency and (rate[code] if isinstance(rate, dict) else rate) != 1:
                yield ("rates", name), f"{code} is the study's own currency, so its rate is 1. Leave it out."


def _of_source(study: Study, name: str, spec: SourceSpec) -> Iterator[Mistake]:
    metrics = study.metrics_of(name)
    staged = {c.name: c for c in study.staging_columns(name)}
    if spec.doubled == "merge" and spec.role not in MERGED:
        yield (
            ("doubled",),
            f"only {' and '.join(MERGED)} can be merged; choose first or last, or leave it out.",
        )
    for column in spec.merge:
        if column not in staged:
            yield ("merge", column), f"{name} has no column {column!r}.{suggest(column, list(staged))}"
        elif spec.merge[column] in ("sum", "mean") and staged[column].kind in ("text", "key", "date", "time"):
            yield ("merge", column), f"{column} is a {staged[column].kind}: choose first, last, min or max."
    if spec.currency is not None or spec.tax is not None:
        key = ("currency",) if spec.currency is not None else ("tax",)
        if not any(m.unit == study.declared.currency for m in metrics):
            yield (
                key,
                f"no metric of {name} has the unit {study.declared.currency}, so there is no amount to convert. "
                f"Give the amounts unit: {study.declared.currency}.",
            )
    for column in spec.split:
        if not any(column in m.choice for m in metrics):
            yield (
                ("split", column),
                f"no metric takes a choice of {column}. Declare one for each choice that matters, such as "
                f"{column}_price: {{of: {name}, choice: {{{column}: Price}}}}.",
            )
    for item in spec.long.items if spec.long else ():
        if item in spec.columns:
            yield ("long", "items", item), f"{item} stands under columns too. Keep one."
        elif item not in staged and not any(item in m.choice for m in metrics):
            yield ("long", "items", item), f"nothing is called {item!r}.{suggest(item, list(staged))}"
        elif item in ROLES[spec.role].grain or item in ROLES[spec.role].time:
            yield ("long", "items", item), f"{item} tells the responses apart; map it under columns."


def _of_choice(metric: Metric, spec: SourceSpec) -> Iterator[Mistake]:
    if len(metric.choice) > 1:
        yield ("choice",), "expected one column and its choice, such as {reasons: Price}."
    for column in metric.choice:
        if column not in spec.split:
            yield (
                ("choice", column),
                f"say what stands between the choices of {column}: under sources.{metric.of}, "
                f'split: {{{column}: ";"}}.',
            )
        if metric.is_span or metric.was or metric.scale or metric.type not in ("number", "flag"):
            yield ("choice",), "a choice is a flag, 1 or 0: leave out type, scale, was, from and until."


def _of_scales(metric: Metric, spec: SourceSpec) -> Iterator[Mistake]:
    if not metric.was:
        return
    if metric.scale is None:
        yield ("was",), "say the scale that is asked now: 'scale'."
    if metric.type != "number":
        yield ("was",), f"a {metric.type} has no scale that could be changed; leave out 'type'."
    if not ROLES[spec.role].time:
        yield ("was",), f"{metric.of} has no time that could tell which scale was asked."
    days = [was.until for was in metric.was]
    if len(set(days)) < len(days):
        yield ("was",), "two former scales end on the same day. Keep one."


def _of_span(study: Study, metric: Metric, spec: SourceSpec) -> Iterator[Mistake]:
    if (metric.from_ is None) != (metric.until is None):
        there, lacking = ("from", "until") if metric.from_ else ("until", "from")
        yield (there,), f"give '{lacking}' too: the time of {metric.of} at the other end."
    if not metric.is_span:
        if metric.clock != "calendar":
            yield (
                ("clock",),
                "only what is counted from one time until another has a clock: give 'from' and 'until'.",
            )
        return
    kinds = {c.name: c.kind for c in study.staging_columns(metric.of)}
    for key, column in (("from", metric.from_), ("until", metric.until)):
        if kinds.get(column) != "time":
            yield (key,), f"{column} is a {kinds.get(column)}, and times are needed on both sides."
    if metric.column in spec.columns:
        yield ("column",), f"{metric.column} is computed; leave it out of the columns of {metric.of}."
    if metric.type != "number":
        yield ("type",), "a time until another is a number; leave out 'type'."
    allowed = UNITS[:3] if metric.clock == "business" else UNITS
    if metric.unit not in allowed:
        yield ("unit",), f"count in {', '.join(allowed[:-1])} or {allowed[-1]}. It says {metric.unit!r}."
    if metric.clock == "business" and study.declared.business_hours is None:
        yield (
            ("clock",),
            "say when the business is open, at the top of study.yml: business_hours: "
            '{days: [mon, tue, wed, thu, fri], open: "09:00", close: "17:00"}.',
        )
