"""The front page's money: what is at stake, estimated apart from assumed, and the actions ranked by their worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.sentences import number, signed

if TYPE_CHECKING:
    from linkage.report.edition import Edition

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


def at_stake(edition: Edition) -> list[Row]:
    """What all customers together are worth, and what is at stake: one row a figure, ready to be read."""
    whole = {str(r["figure"]): r for r in edition.money if r.get("group") == ALL}
    return [_figure(label, whole[name]) for name, label in AT_STAKE.items() if name in whole]


def points(edition: Edition) -> list[Row]:
    """What a point of each linked score is worth, for a customer and year."""
    links = edition.study.study.links
    rows = [r for r in edition.money if str(r.get("group")) in links and r.get("basis") == "estimated"]
    return [_figure(links[str(r["group"])].question, r) | {"link": r["group"]} for r in rows]


def actions(edition: Edition) -> list[Row]:
    """The declared scenarios by expected net value, the best first; at most three."""
    nets = [r for r in edition.money if r.get("figure") == NET and r.get("estimate") is not None]
    ranked = sorted(nets, key=lambda r: (-float(r["estimate"]), str(r["group"])))
    declared = getattr(edition.study.study.declared, "scenarios", {}) or {}
    return [_action(row, declared.get(str(row["group"]))) for row in ranked[:MOST_ACTIONS]]


def _action(row: Row, scenario: object) -> Row:
    chance = row.get("chance")
    question = getattr(scenario, "question", "") or str(row["group"]).replace("_", " ").capitalize()
    return _figure(question, row) | {
        "scenario": row["group"],
        "chance": None if chance is None else f"{float(chance):.0%}",
        "target": _target(scenario),
        "link_level": row.get("link_level"),
    }


def _target(scenario: object) -> str:
    """What operations would have to move, in the words of study.yml."""
    by, to = getattr(scenario, "by", None), getattr(scenario, "to", None)
    if to is not None:
        return f"to {number(float(to))}"
    return f"by {signed(float(by))}" if by is not None else ""


def _figure(label: str, row: Row) -> Row:
    currency = row["currency"]
    low, high = row.get("low"), row.get("high")
    known = low is not None and high is not None
    return {
        "label": label,
        "amount": f"{number(float(row['estimate']))} {currency}",
        "interval": f"{number(float(low))} to {number(float(high))}" if known else "no interval",
        "horizon": row["horizon"],
        "level": row["level"],
        "basis": row["basis"],
        "n": row.get("n"),
        "page": f"{row['notebook']}.html" if row.get("notebook") else None,
    }
