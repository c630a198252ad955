"""The metrics a table holds: name, label, unit, scale, and which way is good."""

from __future__ import annotations

from dataclasses import dataclass, replace

from linkage.proposing.columns import Look
from linkage.proposing.expressions import special_sql, value_sql
from linkage.proposing.facts import Facts
from linkage.proposing.meaning import is_count, measure_of, names_a_person, names_a_unit_price
from linkage.proposing.measures import FEEDBACK, MONEY, NOUNS, OPERATIONS, PEOPLE, SCALED, TROUBLES, Measure
from linkage.proposing.names import fold, free_name, identifier, label_of, words_of
from linkage.proposing.scales import Scale, guess_scale
from linkage.proposing.units import CURRENCIES, unit_in

FAMILY_OF = {
    "feedback": FEEDBACK,
    "interactions": OPERATIONS,
    "transactions": MONEY,
    "employee_feedback": PEOPLE,
    "employees": PEOPLE,
}


ASKED = {
    "nps": "Likelihood to recommend",
    "satisfaction": "Satisfaction",
    "effort": "Effort",
    "ease": "Ease",
}
"""Measures a whole question may be named by, and what the answer is called: sentences cannot hold a question."""

RECOMMENDATION = "recommendation"
"""What a recommendation is called on a scale on which nobody is a promoter."""

LONGEST_NAME = 5
"""Words of a header beyond which it is a question, and named by what it measures."""

ANSWERED = ("feedback", "employee_feedback", "unit_periods")
"""Roles whose numbers are answers or come from them."""


@dataclass(frozen=True)
class MetricGuess:
    """A metric as it would be declared. family : feedback, operations, money or people; measure : what the vocabulary
    took it for, "" where it knows none. why : the evidence. doubt : what to look at. sure : whether to declare it.
    words : what words stand for. choice : the choice it is a flag for. span : our times it is counted between.
    made : the expression that computes it from several columns.
    """

    name: str
    theirs: str
    kind: str
    label: str
    unit: str
    family: str
    measure: str
    better: str = "higher"
    scale: Scale | None = None
    why: str = ""
    doubt: str = ""
    sure: bool = True
    sql: str | None = None
    words: tuple[tuple[str, float], ...] = ()
    choice: str = ""
    span: tuple[str, str] | None = None
    made: str = ""

    @property
    def is_made(self) -> bool:
        """Whether staging makes it of other columns, so that no column of the file is it."""
        return bool(self.choice or self.span)


def metrics_for(facts: Facts, role: str, taken: set[str]) -> list[MetricGuess]:
    """The metrics of a table in a role; columns in `taken` are something else."""
    if role in ("trainings", "invitations", "identities", "customer_units", "employee_units"):
        return []
    answers = facts.answers()
    found: list[MetricGuess] = []
    for name, look in facts.columns.items():
        personal = names_a_person(name) and look.kind != "flag"
        if not look.is_number or name in taken or personal or look.distinct < 2:
            continue
        if look.kind == "worded" and role not in ANSWERED and not measure_of(name):
            continue  # "good" and "fair" of a customer may be anything
        measure = measure_of(name)
        if is_a_balance(measure, role):
            continue
        if measure and look.kind == "flag" and _is_amount(measure):
            measure = None  # "on hold: yes" is no time, and "premium: yes" no money
        if measure and look.kind == "worded" and measure.family not in SCALED:
            measure = None  # "it was handled fast: I agree" is an answer
        answered = name in answers and (measure is not None or role != "units")  # three chairs are no answer
        found.append(_guess(facts, role, look, measure, answered))
    made = amounts_of(facts, found) if role == "transactions" else found
    return _ten_from_zero(_named(made))


def is_a_balance(measure: Measure | None, role: str) -> bool:
    """Whether a column says what is there at a day, where amounts are added up: each month would count again."""
    return measure is not None and measure.name == "balance" and role == "transactions"


def _is_amount(measure: Measure) -> bool:
    return measure.duration or (measure.family == MONEY and measure.name != "churn")


def _guess(facts: Facts, role: str, look: Look, measure: Measure | None, answered: bool) -> MetricGuess:
    family = measure.family if measure else FAMILY_OF.get(role, FEEDBACK if answered else OPERATIONS)
    scaled = answered and (
        role in ("feedback", "employee_feedback", "unit_periods") or family in (FEEDBACK, PEOPLE)
    )
    scale = guess_scale(look, measure) if scaled or look.kind == "percent" else None
    kind = {"flag": "flag", "percent": "percent", "whole": "whole"}.get(look.kind, "number")
    kind = "number" if scaled and kind == "whole" else kind
    better, doubt = _direction(look, measure, scale)
    return MetricGuess(
        name=_name(look, measure, scale, asked=role == "feedback"),
        theirs=look.name,
        kind=kind,
        label=label_of(look.name),
        unit=_unit(look, measure, kind),
        family=family,
        measure=measure.name if measure else "",
        better=better,
        scale=scale,
        why=scale.why if scale else _ends_of_flag(look),
        doubt="; ".join(filter(None, (doubt, _codes(scale)))),
        sure=_is_sure(look, measure, role, answered),
        sql=special_sql(look, facts.looks.signs),
        words=look.words,
    )


def _ends_of_flag(look: Look) -> str:
    """Which of the two words of a flag counts as 1, where they are not numbers themselves."""
    if look.kind != "flag" or any(v.isdigit() for v, _ in look.values):
        return ""
    said = {x: f"{v!r} ({n:,} times)" for (v, n), (x, _) in zip(look.values, look.numbers, strict=True)}
    return f"1 is {said[1.0]}, 0 is {said[0.0]}"


def _is_sure(look: Look, measure: Measure | None, role: str, answered: bool) -> bool:
    """Fractions and flags measure something; whole numbers without a telling name may be years or postcodes."""
    asked = answered and role in ("feedback", "employee_feedback")
    if measure is not None or asked or look.kind in ("duration", "percent", "marked"):
        return True
    if unit_in(words_of(look.name), look.name) in CURRENCIES:
        return True  # "Logis (€)"
    if look.kind in ("number", "flag"):
        return role not in ("employee_feedback",)
    if look.distinct >= 0.98 * min(look.filled, 3000) and look.filled > 50:
        return False  # a number a row: it counts rows, or tells them apart
    return role == "unit_periods" or counts(look.name)


def counts(header: str) -> bool:
    """Whether a header says that it counts something."""
    words = {"count", "number", "anzahl", "numero", "nombre", "aantal", "qty", "total"}
    return bool(words.intersection(words_of(header)))


def adds_up(metric: MetricGuess) -> bool:
    """Whether the values of several rows make a total, rather than a mean."""
    if metric.kind in ("flag", "percent") or metric.unit == "share" or metric.scale:
        return False
    counted = metric.measure in ("complaints", "quantity", "absence", "transfers")
    return metric.family == MONEY or counted or counts(metric.theirs)


def _direction(look: Look, measure: Measure | None, scale: Scale | None) -> tuple[str, str]:
    words = set(words_of(look.name))
    if measure is None:
        return "higher", ""
    mark = "schulnote" in fold(look.name) or (measure.name == "rating" and "note" in words)
    if measure.family == FEEDBACK and mark and scale and scale.high == 6:
        return "lower", "a school mark: 1 is best"
    if measure.name == "effort" and scale and look.kind == "worded":
        return "higher", ""
    if measure.name == "effort" and scale:
        return "lower", f"which end is good? Here {scale.high:g} is taken for the most effort"
    return measure.better, ""


def _codes(scale: Scale | None) -> str:
    if not scale or not scale.codes:
        return ""
    shown = ", ".join(f"{x:g} ({n:,} times)" for x, n in scale.codes[:4])
    return f"outside the scale and rejected: {shown}. A code for no answer? Then add it to missing"


def _name(look: Look, measure: Measure | None, scale: Scale | None, *, asked: bool) -> str:
    if measure and measure.name == "is_resolved" and look.kind == "flag":
        return "is_resolved"
    own = identifier(look.name, otherwise="metric")
    if asked and measure and measure.name == "nps" and not own.startswith("nps"):
        return "nps" if scale is None or scale.high >= 10 else RECOMMENDATION
    if asked and measure and measure.name in ASKED and len(words_of(look.name)) > LONGEST_NAME:
        return measure.name  # a whole question
    return own


def _unit(look: Look, measure: Measure | None, kind: str) -> str:
    if kind in ("flag", "percent"):
        return "share"
    if look.kind == "duration":
        return "minute"
    marked = unit_in(("", look.mark.lower()), f"x {look.mark}") if look.mark else None
    told = marked or unit_in(words_of(look.name), look.name)
    if told and told != "share" and (measure is None or measure.family != FEEDBACK):
        return told
    if measure is None:
        return "answer" if is_count(look.name) else "point"
    if measure.family == MONEY and measure.name not in NOUNS:
        return "<currency>"
    if measure.name == "complaints":
        said = set(words_of(look.name))
        return next((noun for noun, words in TROUBLES.items() if words & said), NOUNS["complaints"])
    return NOUNS.get(measure.name, "unit of the file" if measure.duration else "point")


def _named(metrics: list[MetricGuess]) -> list[MetricGuess]:
    """Every metric of a table by a name of its own."""
    taken: set[str] = set()
    found = []
    for metric in metrics:
        name = free_name(metric.name, taken, other=identifier(metric.theirs))
        taken.add(name)
        found.append(_labelled(replace(metric, name=name)))
    return found


def _labelled(metric: MetricGuess) -> MetricGuess:
    """A metric that is named by what a whole question measures, with its label from there too."""
    asked = "?" in metric.theirs or len(words_of(metric.theirs)) > LONGEST_NAME
    if metric.name not in (metric.measure, RECOMMENDATION) or metric.measure not in ASKED or not asked:
        return metric
    why = "; ".join(filter(None, (f"asked as {metric.theirs!r}", metric.why)))
    return replace(metric, label=ASKED[metric.measure], why=why)


def _ten_from_zero(metrics: list[MetricGuess]) -> list[MetricGuess]:
    """One survey asks on one kind of scale: where one answer of a table was 0 of 10, no other begins at 1."""
    scales = [m.scale for m in metrics if m.scale and m.scale.high == 10]
    if not any(s.low == 0 for s in scales):
        return metrics
    return [
        replace(m, scale=replace(m.scale, low=0.0))
        if m.scale and m.scale.high == 10 and not m.scale.sure
        else m
        for m in metrics
    ]


def amounts_of(facts: Facts, metrics: list[MetricGuess]) -> list[MetricGuess]:
    """The metrics of a table of lines, with the amount of a line instead of the price of one piece."""
    price = next((m for m in metrics if names_a_unit_price(m.theirs)), None)
    pieces = next((m for m in metrics if m.measure == "quantity"), None)
    others = [m for m in metrics if m.measure == "revenue" and m is not price and m.sure]
    if not price or not pieces or others:
        return metrics
    signs = facts.looks.signs
    factors = [value_sql(facts.columns[m.theirs], signs) for m in (pieces, price)]
    amount = replace(
        price,
        name="amount",
        kind="number",
        label="Amount",
        measure="revenue",
        family=MONEY,
        why=f"{pieces.theirs} times {price.theirs}",
        sure=True,
        sql=None,
        made=" * ".join(factors),
    )
    return [amount if m is price else m for m in metrics]


def currency_of(metrics: list[MetricGuess]) -> str | None:
    """The currency that the names or marks of money columns say."""
    return next((m.unit for m in metrics if m.unit in CURRENCIES), None)
