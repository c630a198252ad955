"""In which currency amounts are: from the names and marks of their columns, or from a column that says it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from linkage.proposing.columns import Look
from linkage.proposing.measured import MetricGuess, currency_of
from linkage.proposing.names import folded_words, words_of
from linkage.proposing.parts import Part
from linkage.proposing.proposal import SourceProposal
from linkage.proposing.units import CURRENCIES

CODES = frozenset(
    (
        *(
            "EUR",
            "USD",
            "GBP",
            "CHF",
            "BRL",
            "JPY",
            "CNY",
            "CAD",
            "AUD",
            "NZD",
            "MXN",
            "ARS",
            "CLP",
            "COP",
            "PEN",
        ),
        *(
            "UYU",
            "SEK",
            "NOK",
            "DKK",
            "ISK",
            "PLN",
            "CZK",
            "HUF",
            "RON",
            "BGN",
            "INR",
            "ZAR",
            "TRY",
            "SGD",
            "HKD",
        ),
        *(
            "KRW",
            "TWD",
            "THB",
            "IDR",
            "MYR",
            "PHP",
            "VND",
            "AED",
            "SAR",
            "ILS",
            "EGP",
            "NGN",
            "KES",
            "UAH",
            "RUB",
        ),
    )
)
SAYING = folded_words(
    "currency curr ccy waehrung währung moneda divisa moeda devise monnaie valuta munt currency_code"
)


def settle_currency(sources: Sequence[SourceProposal]) -> tuple[str, str]:
    """The study's currency, and what to ask about it: EUR where nothing says one."""
    told = next((c for s in sources if (c := currency_of([m for m in s.metrics if m.sure]))), None)
    counted: Counter[str] = Counter()
    for part in (p for s in sources if s.role == "transactions" and not s.off for p in s.parts):
        counted.update(_said_in(part))
    currency = told or (counted.most_common(1)[0][0] if counted else "EUR")
    for source in sources:
        source.metrics = [_in_currency(m, currency) for m in source.metrics]
        for part in source.parts:
            part.metrics = [_in_currency(m, currency) for m in part.metrics]
    others = {code: n for code, n in counted.items() if code != currency}
    if others and not told:
        return currency, _asked(sources, currency, others)
    return currency, "" if told or counted else "no column says the currency; EUR is only a guess"


def currency_column(part: Part) -> Look | None:
    """The column that says the currency of each amount."""
    for look in part.facts.columns.values():
        codes = {v.upper() for v, _ in look.values}
        if (
            codes
            and codes <= CODES
            and SAYING.intersection([*words_of(look.name), "".join(words_of(look.name))])
        ):
            return look
    return None


def _said_in(part: Part) -> dict[str, int]:
    look = currency_column(part)
    found: Counter[str] = Counter()
    for code, n in look.values if look else ():
        found[code.upper()] += n
    return found


def _asked(sources: Sequence[SourceProposal], currency: str, others: dict[str, int]) -> str:
    """Declare the column, so that no amount of another currency passes for one in the study's."""
    for source in sources:
        if (
            source.role == "transactions"
            and len(source.parts) == 1
            and (look := currency_column(source.parts[0]))
        ):
            source.currency = look.name
    said = ", ".join(f"{n:,} in {code}" for code, n in others.items())
    rates = ", ".join(f"{code}: ..." for code in others)
    return f"amounts are in {currency}, but {said}: these are rejected until you give rates: {{{rates}}}"


def _in_currency(metric: MetricGuess, currency: str) -> MetricGuess:
    if metric.unit == "<currency>" or (metric.unit in CURRENCIES and metric.unit == currency):
        return replace(metric, unit=currency)
    return metric
