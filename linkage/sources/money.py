"""Amounts of any currency, with tax or without, as net amounts in the study's currency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from linkage.sources.casts import Reading
from linkage.tables.quoting import name_sql, text_sql

if TYPE_CHECKING:
    from linkage.study import Column

CURRENCY, TAX = "_currency", "_tax"
"""What the raw columns of currency and tax are called while a source is read."""


@dataclass(frozen=True)
class Exchange:
    """How the amounts of one source become net amounts in the study's currency.

    currency : the one all amounts are in, or None where each row names its own. tax : the same for the tax share.
    period : SQL for a row's period, where rates differ by period.
    """

    home: str
    rates: dict[str, float | dict[str, float]]
    currency: str | None
    tax: float | None
    period: str
    reading: Reading

    def net_sql(self, value: str) -> str:
        """A gross amount as a net one of the study's currency; NULL where rate or tax is not known."""
        tax = self._share_sql()
        return f"({value} * {self._rate_sql()}{'' if tax == '0.0' else f' / (1 + {tax})'})"

    def reasons(self, column: Column) -> list[tuple[str, str]]:
        """Why an amount that can be read gave no value: conditions and SQL texts."""
        there = f"{self.reading.value_sql(column)} is not null"
        code = f"upper({name_sql(CURRENCY)})" if self.currency is None else text_sql(self.currency)
        of_period = f" || ' in ' || coalesce({self.period}, 'no period')" if self._by_period() else ""
        unknown = f"'no rate for the currency ' || {code}{of_period} || ': add it under rates'"
        missing = f"{there} and {self._share_sql()} is null"
        cases = [(f"{there} and {self._rate_sql()} is null", unknown)]
        if self.currency is None:
            cases.insert(0, (f"{there} and {code} is null", "'no currency beside the amount'"))
        if self.tax is None:
            tax = name_sql(TAX)
            cases.append((f"{missing} and {tax} is null", "'no tax share beside the amount'"))
            said = f"'a tax share of ' || {tax} || ': expected 0 to 1, or a percentage such as 19%'"
            cases.append((missing, said))
        return cases

    def _rate_sql(self) -> str:
        if self.currency == self.home:
            return "1.0"
        code = f"upper({name_sql(CURRENCY)})" if self.currency is None else text_sql(self.currency)
        cases = [f"when {code} = {text_sql(self.home)} then 1.0"]
        for period, rates in self._by_period().items():
            cases += [
                f"when {self.period} = {text_sql(period)} and {code} = {text_sql(word)} then {rate!r}"
                for word, rate in rates.items()
            ]
        flat = {word: rate for word, rate in self.rates.items() if not isinstance(rate, dict)}
        cases += [f"when {code} = {text_sql(word.upper())} then {rate!r}" for word, rate in flat.items()]
        return f"cast(case {' '.join(cases)} end as double)"

    def _by_period(self) -> dict[str, dict[str, float]]:
        tables = {p: rates for p, rates in self.rates.items() if isinstance(rates, dict)}
        return {p: {word.upper(): rate for word, rate in rates.items()} for p, rates in tables.items()}

    def _share_sql(self) -> str:
        if self.tax is not None:
            return repr(float(self.tax))
        from linkage.study import Column

        text = name_sql(TAX)
        plain, percent = (self.reading.value_sql(Column(TAX, TAX, kind)) for kind in ("number", "percent"))
        share = f"(case when ends_with({text}, '%') then {percent} else {plain} end)"
        return f"(case when {share} >= 0 and {share} < 1 then {share} end)"
