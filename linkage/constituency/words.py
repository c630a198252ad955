"""The sentences of the chain from employees and partners to money."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.checks import PASS
from linkage.constituency.chains import OWN_GRAINS, UNIT_MEANS
from linkage.ladder import NOT_SHOWN, verb_of
from linkage.sentences import (
    capital,
    in_sentence,
    interval_words,
    is_share,
    number,
    one_more,
    outcome_amount,
    signed,
)

if TYPE_CHECKING:
    import pandas as pd

    from linkage.constituency.result import Constituency


def said_of(found: Constituency) -> list[str]:
    """One sentence or two for each part, in the order of the chain; what is missing comes last."""
    said = [_gate(found), _factors(found), *_chains(found), *_money(found), _training(found)]
    said += [f"{card.spec.question} {card.summary()}" for card in found.partners]
    said += [f"{capital(part)}: not answered. {reason}" for part, reason in found.missing.items()]
    return [line for line in said if line]


def _label(found: Constituency, name: str) -> str:
    return in_sentence(found.columns[name].label if name in found.columns else name)


def _gate(found: Constituency) -> str:
    if not found.gates:
        return ""
    parts = []
    for side, gate in found.gates.items():
        line = gate.estimates.loc
        parts.append(
            f"{side} ({_label(found, gate.score)}): {gate.verdict}, ICC(1) {line['icc1', 'estimate']:.2f}, "
            f"ICC(2) {line['icc2', 'estimate']:.2f}"
        )
    failed = [side for side, gate in found.gates.items() if gate.verdict != PASS]
    more = (
        f" Means of {' and of '.join(failed)} do not pass: they compare units only roughly, and weaken every link "
        "that rests on them."
        if failed
        else ""
    )
    return f"May answers be averaged? {'; '.join(parts)}.{more}"


def _factors(found: Constituency) -> str:
    if found.factors is None:
        return ""
    table = found.factors.estimates
    top = table.iloc[0]
    named = ", ".join(f"{_label(found, r.Index)} {r.share:.0%}" for r in table.itertuples())
    return (
        f"Of {_label(found, found.factors.outcome)}, {_label(found, top.name)} counts most: {top['share']:.0%} of what "
        f"is explained ({100 * found.confidence:g}% interval {top['share_low']:.0%} to {top['share_high']:.0%}); all: "
        f"{named}. The same survey holds both sides (n = {found.factors.n_used:,}; L2)."
    )


def _chains(found: Constituency) -> list[str]:
    said = []
    whole = found.estimates[found.estimates["path"] == "indirect"]
    for chain, rows in whole.groupby("chain", sort=False):
        cause, middle, end = chain.split(" -> ")
        said += [_chain(found, row, row["how"], (cause, middle, end)) for _, row in rows.iterrows()]
        said.append(_two_answers(found, rows.set_index("how"), (cause, end)))
    return said


def _two_answers(found: Constituency, rows: pd.DataFrame, ends: tuple[str, str]) -> str:
    """Why the two ways of asking one chain answer differently, and on which of them its money rests; "" where they
    agree, or only one could be asked."""
    if not {OWN_GRAINS, UNIT_MEANS} <= set(rows.index):
        return ""
    own, means = rows.loc[OWN_GRAINS], rows.loc[UNIT_MEANS]
    if _is_shown(own) == _is_shown(means):
        return ""
    is_within = means["low"] <= own["estimate"] <= means["high"]
    held = "holds the first figure too" if is_within else "leaves the first figure out"
    return (
        f"Two answers on {_label(found, ends[0])} and {_label(found, ends[1])}, as they ask differently: the first "
        "multiplies the two declared links, each on all its rows, and takes it that what goes with the answers of one "
        f"goes with those of a whole unit; the second asks the means of {means['units']:,.0f} units, few and rough, "
        f"without that step. The money rests on the first, the declared links; the interval of the second {held}, so "
        f"{'it neither bears the money out nor rules it out' if is_within else 'do not count on the money'}."
    )


def _is_shown(row: pd.Series) -> bool:
    return bool(row["low"] > 0 or row["high"] < 0)


def _chain(found: Constituency, row: pd.Series, how: str, names: tuple[str, str, str]) -> str:
    first, last = found.columns[names[0]], found.columns[names[2]]
    step, size = one_more(_label(found, names[0]), first.unit, first.kind == "flag", None)
    scale = size * (100.0 if is_share(last.unit) else 1.0)
    within = interval_words(scale * row["low"], scale * row["high"], found.confidence)
    where = "each link at its own grain" if how == OWN_GRAINS else "among the means of units"
    rests = f"{within}; {where}, n = {row['n']:,.0f} in {row['units']:,.0f} units drawn whole; {row['level']}"
    amount = outcome_amount(size * row["estimate"], last.unit)
    by_way = f"By way of {_label(found, names[1])}, {step}"
    if not _is_shown(row):
        return f"{by_way} is not shown to go with {_label(found, names[2])}: {amount} ({rests})."
    verb = verb_of(row["level"], row["estimate"])
    return f"{by_way} {verb} {amount} of {_label(found, names[2])} ({rests}). {NOT_SHOWN[row['level']]}"


def _money(found: Constituency) -> list[str]:
    return [
        f"In money: {number(m.estimate, 2)} {m.currency} ({number(m.low, 2)} to {number(m.high, 2)}) {m.what}; "
        f"{m.horizon}, {m.basis}, {m.level}."
        for m in found.money
    ]


def _training(found: Constituency) -> str:
    made = found.training
    if made is None:
        return ""
    row, plain = made.estimates.loc["before and after"], made.estimates.loc["trained against untrained"]
    within = interval_words(row["low"], row["high"], found.confidence)
    verb = verb_of(made.level, row["estimate"])
    causal = verb in ("raises", "lowers")
    size = number(abs(row["estimate"])) if causal else signed(row["estimate"])
    label = _label(found, made.outcome)
    what = f"{verb} {label} by {size} points" if causal else f"{verb} {size} points of {label}"
    return (
        f"Training {what} ({within}; {made.trends.units:,} employees before and after, beside those not trained until "
        f"later, n = {row['n']:,.0f}; {made.level}). {made.check.advice} The plain difference between trained and "
        f"untrained is {signed(plain['estimate'])} ({signed(plain['low'])} to {signed(plain['high'])}): who is sent "
        f"to a training differs beforehand. {NOT_SHOWN[made.level]}"
    )
