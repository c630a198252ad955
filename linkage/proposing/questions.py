"""Links worth declaring, from what the sources hold: service and feelings, feelings and money, people and customers."""

from __future__ import annotations

from collections.abc import Sequence

from linkage.proposing.addresses import EMAIL
from linkage.proposing.columns import Look
from linkage.proposing.meaning import says_urgent
from linkage.proposing.measured import MetricGuess
from linkage.proposing.measures import FEEDBACK, MONEY, OPERATIONS, PEOPLE
from linkage.proposing.proposal import LinkProposal, SourceProposal

MOST_DRIVERS = 4
"""Service measures that each get a question of their own."""

MOST_WORDS = 20
"""Different words beyond which a column is not held fixed: each takes a part of the data to itself."""

ALIKE = 0.98
"""The share of rows that may say the same; where nearly all do, nothing is held fixed."""

WAITED = ("wait", "resolution", "is_resolved", "delay")
"""Service measures that are asked about for the recommendation too."""

MOST_ITEMS = 6
"""Answers beside each other in one question: more would share too little each."""

PREFERRED = {
    FEEDBACK: ("satisfaction", "rating", "nps", "ease", "loyalty", "effort", ""),
    "loyalty": ("nps", "loyalty", "satisfaction", "rating"),
    OPERATIONS: (
        "wait",
        "handle",
        "resolution",
        "is_resolved",
        "delay",
        "on_time",
        "transfers",
        "complaints",
    ),
    MONEY: ("revenue", "margin", "churn", "quantity", "cost"),
    PEOPLE: ("engagement", "staff", "absence", "staff_turnover"),
}


def propose_links(sources: Sequence[SourceProposal]) -> list[LinkProposal]:
    """A handful of questions the declared sources could answer."""
    by_role = {s.role: s for s in sources if not s.off and s.role != "unit_periods"}
    found = [
        *_service(by_role),
        *_within(by_role),
        *_money(by_role),
        *_loss(by_role),
        *_people(by_role),
        *_units(by_role, sources),
    ]
    return list({link.name: link for link in found}.values())


def _pick(metrics: Sequence[MetricGuess], order: Sequence[str], most: int = 1) -> list[MetricGuess]:
    """The metrics the vocabulary knows, in the order asked; answers without a telling name count as "" """
    ranked = [m for wanted in order for m in metrics if m.sure and m.measure == wanted]
    return ranked[:most]


def _texts(source: SourceProposal | None, *names: str) -> tuple[str, ...]:
    """The columns of these names that can be held fixed: of a few words, none of which is nearly everywhere.

    One that only some of a source's tables have would leave the rows of the others out.
    """
    everywhere = [n for n in names if source and all(n in p.mapped for p in source.parts)]
    return tuple(n for n in everywhere if (look := source.look_of(n)) and _divides(look))


def _divides(look: Look) -> bool:
    rows = sum(n for _, n in look.values)
    most = max((n for _, n in look.values), default=0)
    return 2 <= look.distinct <= MOST_WORDS and most <= ALIKE * rows and look.filled >= 0.5 * rows


def _urgent(contacts: SourceProposal) -> tuple[str, ...]:
    """How urgent a contact is decides how fast it is answered, and how it is judged."""
    named = [m.ours for m in contacts.columns if m.attribute and says_urgent(m.theirs)]
    return _texts(contacts, *named[:1])


def _of(source: SourceProposal | None, *keys: str) -> list[MetricGuess]:
    """The metrics of a source; given keys, those of its tables that have the first of them that any has."""
    for key in keys:
        having = [p for p in source.parts if key in p.mapped] if source else []
        if having:
            names = {m.name for p in having for m in p.metrics}
            return [m for m in source.metrics if m.name in names]
    return source.metrics if source else []


def _service(by_role: dict[str, SourceProposal]) -> list[LinkProposal]:
    contacts, answers = by_role.get("interactions"), by_role.get("feedback")
    if not contacts or not answers or not ({"customer_id", "interaction_id", EMAIL} & set(answers.mapped)):
        return []
    asked = _of(answers, "interaction_id", "customer_id", EMAIL)
    first = _pick(asked, PREFERRED[FEEDBACK])
    recommend = [m for m in _pick(asked, ("nps",)) if m not in first]
    served = _pick(_asked_about(contacts, answers), PREFERRED[OPERATIONS], MOST_DRIVERS)
    controls = (*_texts(contacts, "channel", "topic"), *_urgent(contacts))
    return [
        LinkProposal(
            f"{driver.name}_and_{outcome.name}",
            f"Does {driver.label} go with {outcome.label}?",
            "interaction",
            outcome.name,
            (driver.name,),
            controls,
            expect=_expect(driver, outcome),
        )
        for outcome in (*first, *recommend)
        for driver in (served if outcome in first else [m for m in served if m.measure in WAITED])
    ]


def _asked_about(contacts: SourceProposal, answers: SourceProposal) -> list[MetricGuess]:
    """The metrics of the contacts; where some tables hold the answers themselves, those of these tables."""
    views = {p.facts.table.view for p in answers.parts}
    names = {m.name for p in contacts.parts if p.facts.table.view in views for m in p.metrics}
    return [m for m in contacts.metrics if m.name in names] if names else contacts.metrics


def _expect(driver: MetricGuess, outcome: MetricGuess) -> str:
    return "positive" if driver.better == outcome.better else "negative"


def _within(by_role: dict[str, SourceProposal]) -> list[LinkProposal]:
    """What counts for the overall answer: the other answers of the same survey, and what is known of the customer."""
    answers, customers = by_role.get("feedback"), by_role.get("customers")
    outcome = _pick(_of(answers), ("nps", "satisfaction", "rating")) if answers else []
    if not outcome:
        return []
    items = [m for m in answers.metrics if m.sure and not m.is_made and m is not outcome[0]]
    items = [m for m in items if (m.scale or m.kind == "flag") and m.family in (FEEDBACK, OPERATIONS)]
    items = [m for m in items if m.measure not in ("nps", "satisfaction")][
        :MOST_ITEMS
    ]  # not the whole by the whole
    links = []
    if len(items) > 1:
        links.append(
            LinkProposal(
                f"parts_of_{outcome[0].name}",
                f"Which answers count most for {outcome[0].label}?",
                "survey",
                outcome[0].name,
                tuple(m.name for m in items),
                expect="either"
                if len({_expect(m, outcome[0]) for m in items}) > 1
                else _expect(items[0], outcome[0]),
            )
        )
    served = _pick(customers.metrics, PREFERRED[OPERATIONS], 1) if customers and answers.one_day else []
    known = _texts(customers, "segment")
    for m in served:
        question = f"Does {m.label} go with {outcome[0].label}?"
        named = (f"{m.name}_and_{outcome[0].name}", question, "survey", outcome[0].name, (m.name,), known)
        links.append(LinkProposal(*named, expect=_expect(m, outcome[0])))
    return links


def _money(by_role: dict[str, SourceProposal]) -> list[LinkProposal]:
    answers, orders, customers = (by_role.get(r) for r in ("feedback", "transactions", "customers"))
    driver = _pick(_of(answers, "customer_id", EMAIL), PREFERRED["loyalty"])
    amount = _pick(_of(orders), PREFERRED[MONEY])
    known = [s and {"customer_id", EMAIL, "interaction_id"} & set(s.mapped) for s in (answers, orders)]
    if not driver or not amount or not all(known) or orders.one_day:
        return []
    name, money = driver[0].name, amount[0].name
    known = [*_texts(customers, "segment"), *(["tenure_months"] if _texts(customers, "joined_on") else [])]
    said = (driver[0].label, amount[0].label)
    return [
        LinkProposal(
            f"{name}_and_{money}",
            "Do customers with a higher {} go on to more {}?".format(*said),
            "survey",
            f"{money}_after",
            (name,),
            (f"{money}_before", *known),
            expect=_expect(driver[0], amount[0]),
        ),
        LinkProposal(
            f"{name}_and_next_{money}",
            "Do customers with a higher {} have more {} in the next period?".format(*said),
            "customer_period",
            money,
            (name,),
            _texts(customers, "segment"),
            lag=1,
            expect=_expect(driver[0], amount[0]),
        ),
    ]


def _loss(by_role: dict[str, SourceProposal]) -> list[LinkProposal]:
    """Who leaves: where departures are known, feelings and prices beside them."""
    customers, answers, orders = (by_role.get(r) for r in ("customers", "feedback", "transactions"))
    if not customers or "left_on" not in customers.mapped:
        return []
    known = (*_texts(customers, "segment"), *(["tenure_months"] if "joined_on" in customers.mapped else []))
    feeling = _pick(_of(answers, "customer_id", EMAIL), PREFERRED["loyalty"])
    price = [] if feeling else _pick(_of(orders), PREFERRED[MONEY])
    one_day = any(s.one_day for s in (answers, orders) if s)
    links = [
        LinkProposal(
            f"{driver.name}_and_leaving",
            f"Do customers with a higher {driver.label} leave {'less' if driver in feeling else 'more'} often?",
            "customer_period",
            "is_lost",
            (driver.name,),
            known,
            lag=0 if one_day else 1,
            expect="negative" if driver in feeling and driver.better == "higher" else "either",
        )
        for driver in (*feeling, *price)
    ]
    if one_day and "segment" in known:
        question = f"Do customers leave more or less often by {customers.mapped['segment'].theirs}?"
        rest = tuple(k for k in known if k != "segment")
        links.append(
            LinkProposal("segment_and_leaving", question, "customer_period", "is_lost", ("segment",), rest)
        )
    return links


def _people(by_role: dict[str, SourceProposal]) -> list[LinkProposal]:
    asked, answers = by_role.get("employee_feedback"), by_role.get("feedback")
    contacts = by_role.get("interactions")
    served = any(s and "employee_id" in s.mapped for s in (answers, contacts))
    driver = _pick(_of(asked), ("engagement", "satisfaction", "rating", ""))
    outcome = _pick(_of(answers, "employee_id", "interaction_id"), PREFERRED[FEEDBACK])
    if not driver or not outcome or not served:
        return []
    return [
        LinkProposal(
            f"{driver[0].name}_and_{outcome[0].name}",
            f"Does {driver[0].label} of employees go with {outcome[0].label} of the customers they serve?",
            "employee_period",
            outcome[0].name,
            (driver[0].name,),
            expect=_expect(driver[0], outcome[0]),
        )
    ]


def _units(by_role: dict[str, SourceProposal], sources: Sequence[SourceProposal]) -> list[LinkProposal]:
    """Units over time: feelings now and money a period later; service and people beside feelings."""
    panels = [m for s in sources if s.role == "unit_periods" and not s.off for m in s.metrics]
    if not ("units" in by_role or panels):
        return []
    finer = [m for r in ("feedback", "interactions", "employee_feedback") for m in _of(by_role.get(r))]
    pool = [*panels, *(m for m in finer if m.sure)]
    feeling = _pick([m for m in pool if m.family == FEEDBACK], PREFERRED["loyalty"])
    feeling = feeling or _pick([m for m in pool if m.family == PEOPLE], ("engagement",))
    if not feeling:
        return []
    amounts = _pick(panels, PREFERRED[MONEY][:2])
    placed = any("unit_id" in by_role[r].mapped for r in ("transactions", "customers") if r in by_role)
    growing = [] if amounts or not placed else _pick(_of(by_role.get("transactions")), PREFERRED[MONEY][:2])
    links = [_later(feeling[0], m, m.name, (f"{m.name}_now", "period")) for m in amounts[:1]]
    links += [_later(feeling[0], m, f"{m.name}_growth", ("period",)) for m in growing[:1]]
    drivers = _pick(
        [m for m in panels if m.family in (OPERATIONS, PEOPLE)],
        (*PREFERRED[OPERATIONS], *PREFERRED[PEOPLE]),
        3,
    )
    return links + [
        LinkProposal(
            f"unit_{d.name}_and_{feeling[0].name}",
            f"Does {d.label} of a unit go with {feeling[0].label}?",
            "unit_period",
            feeling[0].name,
            (d.name,),
            ("period",),
            expect=_expect(d, feeling[0]),
        )
        for d in drivers
    ]


def _later(feeling: MetricGuess, money: MetricGuess, outcome: str, controls: tuple[str, ...]) -> LinkProposal:
    return LinkProposal(
        f"unit_{feeling.name}_and_{outcome}",
        f"Do units with a higher {feeling.label} have more {money.label} one period later?",
        "unit_period",
        outcome,
        (feeling.name,),
        controls,
        lag=1,
        expect=_expect(feeling, money),
    )
