"""The report's money: what is at stake, estimated apart from assumed, and the actions ranked by their worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.ladder import OPEN
from linkage.report.targets import operating_target
from linkage.sentences import capital, in_sentence, number

if TYPE_CHECKING:
    from linkage.report.edition import Edition
    from linkage.worth.declared import Scenario

Row = dict[str, object]

NET, ALL = "net present value", "all"
AT_STAKE = {
    "value": "Value of the customers there now",
    "downside": "Lost with those expected to leave",
    "upside": "Kept, if all left as seldom as the most loyal",
    "revenue at stake": "Of the next year's revenue, at stake",
}
"""The figures of all customers together that the front page shows, in this order."""
MOST_ACTIONS = 3


def told(edition: Edition) -> list[Row]:
    """The published figures that have an amount: what could not be estimated was published without one."""
    return [r for r in edition.money if r.get("estimate") is not None]


def at_stake(edition: Edition) -> list[Row]:
    """What all customers together are worth, and what is at stake: one row a figure, what is estimated first."""
    whole = {str(r["figure"]): r for r in told(edition) if r.get("group") == ALL}
    shown = [_figure(label, whole[name]) for name, label in AT_STAKE.items() if name in whole]
    return sorted(shown, key=lambda row: row["basis"] == "assumed")


def points(edition: Edition) -> list[Row]:
    """What a point of each linked score is worth, a customer and year: of a link that is shown, in estimated money."""
    links = edition.study.study.links
    rows = [r for r in of_links(edition) if r.get("basis") == "estimated"]
    return [_figure(_point_label(links[str(r["group"])].question, r), r) | {"link": r["group"]} for r in rows]


def assumed_points(edition: Edition) -> list[Row]:
    """The same of a link that is shown where the money itself is assumed, such as revenue where no margin is known."""
    links = edition.study.study.links
    rows = [r for r in of_links(edition) if r.get("basis") == "assumed" and r.get("link_level") != OPEN]
    return [_figure(_point_label(links[str(r["group"])].question, r), r) | {"link": r["group"]} for r in rows]


def of_links(edition: Edition) -> list[Row]:
    """What a point of each link that ends in money was valued at, shown or not."""
    return [r for r in told(edition) if str(r.get("group")) in edition.study.study.links]


def none_shown(edition: Edition) -> bool:
    """Whether points were valued, and none of a link that is shown."""
    rows = of_links(edition)
    return bool(rows) and all(r.get("link_level") == OPEN for r in rows)


def _point_label(question: str, row: Row) -> str:
    what = str(row.get("what") or "")
    return f"{question} {capital(what)}".rstrip()


def actions(edition: Edition) -> list[Row]:
    """The declared scenarios by expected net value, the mean over the draws, the best first; at most three.

    Only those whose links are all shown: what rests on a link that is not is assumed, and nothing to do.
    """
    nets = [r for r in net_values(edition) if r.get("link_level") != OPEN]
    ranked = sorted(nets, key=lambda r: (-float(r["estimate"]), str(r["group"])))
    return [_action(row, edition) | {"weighed": len(ranked)} for row in ranked[:MOST_ACTIONS]]


def net_values(edition: Edition) -> list[Row]:
    """The net value of every scenario that was weighed."""
    return [r for r in told(edition) if r.get("figure") == NET]


def money_sentence(row: Row, of: str = "") -> str:
    """A figure as it stands in a sentence: amount, interval, horizon, level, and estimated or assumed.

    row : of at_stake, points or actions. of : whose it is, such as "a customer".
    """
    whose = f" {of}" if of else ""
    return f"{row['amount']}{whose} ({row['interval']}; {row['horizon']}; {row['level']}, {row['basis']})"


def unit_words(row: Row) -> str:
    """What one unit more goes with, in a sentence: money of what, of whom, how it comes to a year, and its marks.

    row : of points.
    """
    n = f"; n = {row['n']:,}" if row.get("n") is not None else ""
    return f"{row['amount']} of {row['what']} ({row['interval']}{n}; {row['level']}, {row['basis']})"


def _action(row: Row, edition: Edition) -> Row:
    declared = edition.study.study.declared.scenarios
    scenario, chance = declared.get(str(row["group"])), row.get("chance")
    question = getattr(scenario, "question", "") or str(row["group"]).replace("_", " ").capitalize()
    return _figure(question, row) | {
        "scenario": row["group"],
        "chance": None if chance is None else f"{float(chance):.0%}",
        "target": operating_target(str(row["group"]), scenario, edition, row.get("n")),
        "link_level": row.get("link_level"),
        "condition": _condition(scenario, row, edition),
    }


def _condition(scenario: Scenario | None, row: Row, edition: Edition) -> str:
    """On what the probability rests that no interval holds: that a move acts as the links found it to go together."""
    if str(row.get("link_level") or "") >= "L4":
        return ""
    links = edition.study.study.links
    chain = [links[name] for name in (scenario.link, *scenario.chain)] if scenario else []
    ends = (
        [(chain[0], scenario.driver or chain[0].drivers[0]), (chain[-1], chain[-1].outcome)] if chain else []
    )
    known = [edition.study.study.columns[spec.grain].get(name) for spec, name in ends]
    if not known or None in known:
        return "if the move does as much as the links say"
    first, last = (in_sentence(column.label) for column in known)
    says = "link says" if len(chain) == 1 else "links say"
    return f"if a move of “{first}” moves “{last}” as much as the {says}"


def rounded(value: float) -> str:
    """An amount at three digits: more than its interval can bear would be read as known."""
    digits = 3 - len(f"{abs(value):.0f}")
    return number(round(value, digits)) if digits < 0 else number(value)


def _figure(label: str, row: Row) -> Row:
    currency = row["currency"]
    low, high = row.get("low"), row.get("high")
    known = low is not None and high is not None
    return {
        "label": label,
        "amount": f"{rounded(float(row['estimate']))} {currency}",
        "interval": f"{rounded(float(low))} to {rounded(float(high))}" if known else "no interval",
        "horizon": row["horizon"],
        "level": row["level"],
        "basis": row["basis"],
        "n": row.get("n"),
        "page": f"{row['notebook']}.html" if row.get("notebook") else None,
        "what": row.get("what") or "",
    }
