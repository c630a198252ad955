"""The units a header names: times, currencies and shares, in the languages of the vocabulary."""

from __future__ import annotations

import re

from linkage.proposing.names import fold


def _words(text: str) -> frozenset[str]:
    return frozenset(map(fold, text.split()))


UNITS: dict[str, frozenset[str]] = {
    "minute": _words("min mins minute minutes minuten minuto minutos minuti minuut minuten"),
    "second": _words("sec secs s sek second seconds sekunden segundo segundos secondes secondi seconden"),
    "hour": _words("h hr hrs hour hours std stunde stunden hora horas heure heures ore uur uren"),
    "day": _words("d day days tag tage tagen dia dias jour jours giorni dag dagen"),
    "EUR": frozenset({"eur", "euro", "euros", "teur", "€"}),
    "USD": frozenset({"usd", "dollar", "dollars", "$"}),
    "GBP": frozenset({"gbp", "pound", "pounds", "£"}),
    "CHF": frozenset({"chf", "sfr"}),
    "BRL": frozenset({"brl", "reais", "r$"}),
    "share": frozenset(
        map(
            fold,
            [
                "pct",
                "percent",
                "prozent",
                "share",
                "anteil",
                "quote",
                "rate",
                "ratio",
                "porcentaje",
                "porcentagem",
                "taux",
                "tasso",
            ],
        )
    ),
}

CURRENCIES = ("EUR", "USD", "GBP", "CHF", "BRL")


def unit_in(words: tuple[str, ...], header: str) -> str | None:
    """The unit a header names, as in handle_minutes, "Umsatz (EUR)" or wait_sec; None where it names none."""
    inside = re.findall(r"[\w€$£%]+", fold(header).replace("_", " "))
    if "%" in header:
        return "share"
    said = [*words, *inside] if len({*words, *inside}) > 1 else []
    # One letter is a unit only at the end: "wait_s" counts seconds, "it's cold" does not.
    said = [word for word in said if len(word) > 1 or word in {*words[-1:], *inside[-1:]}]
    for unit, names in UNITS.items():
        if names.intersection(said):
            return unit
    return None
