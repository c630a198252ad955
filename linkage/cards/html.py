"""A card as a person sees it: what it says, on which rung it stands, what was tried against it."""

from __future__ import annotations

from collections import Counter
from html import escape

import pandas as pd

from linkage.cards.card import EXPLORATORY, LinkCard
from linkage.checks import FAIL, NOT_ASSESSED, PASS, REVIEW

ORDER = (FAIL, REVIEW, NOT_ASSESSED, PASS)


def card_html(card: LinkCard) -> str:
    """The card as one section: question, sentences, level, estimates, then ladder and checks to unfold."""
    said = "".join(f"<p>{escape(sentence)}</p>" for sentence in card.estimates["sentence"])
    mark = f" {EXPLORATORY}" if card.exploratory else ""
    level = f"<p><b>{escape(card.counted)}, {escape(card.level)}</b>: {escape(card.evidence.why)}.{mark} "
    return (
        f'<section class="card"><h4>{escape(card.spec.question)}</h4>{said}'
        f"{level}To lift it: {escape(card.evidence.lift)}</p>{card.table().to_html(border=0)}"
        f"{_ladder(card)}{_checks(card)}</section>"
    )


def _ladder(card: LinkCard) -> str:
    """The rungs that could be computed, and behind them why the others could not."""
    rungs = card.ladder()
    if rungs.empty:
        return ""
    shown = rungs[rungs["status"] == "shown"].drop(columns=["status", "note"])
    others = rungs[rungs["status"] != "shown"]
    why = "".join(f"<li>{escape(r.what)}: {escape(str(r.note))}</li>" for r in others.itertuples())
    table = shown.reset_index(drop=True).set_index("what").to_html(border=0)
    return f"<details><summary>The ladder, side by side</summary>{table}{f'<ul>{why}</ul>' if why else ''}</details>"


def _checks(card: LinkCard) -> str:
    if not card.battery:
        return ""
    counts = Counter(check.verdict for check in card.battery)
    told = ", ".join(f"{counts[v]} {v}" for v in ORDER if counts[v])
    ranked = sorted(card.battery, key=lambda check: ORDER.index(check.verdict))
    table = pd.DataFrame(
        [(c.verdict, c.name, c.advice) for c in ranked], columns=["verdict", "check", "advice"]
    )
    with pd.option_context("display.max_colwidth", None):
        rows = table.to_html(border=0, index=False, escape=True)
    return f"<details><summary>Checks: {told}</summary>{rows}</details>"
