"""The records of a source as SQL: each column's text, what it means, and whether the record is kept."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from linkage.periods import period_of, period_sql
from linkage.sources.casts import Reading, bound_sql
from linkage.sources.choices import chosen_sql
from linkage.sources.layout import Layout
from linkage.sources.money import CURRENCY, TAX, Exchange
from linkage.sources.rescaling import reasons as scale_reasons
from linkage.sources.rescaling import rescaled_sql
from linkage.sources.spans import Clock, span_reasons
from linkage.sources.spellings import any_period_sql, period_reasons
from linkage.tables.quoting import name_sql, text_sql

if TYPE_CHECKING:
    from linkage.study import Column, Study
    from linkage.study_file.declaration import SourceSpec

ITEM = "_item"


@dataclass(frozen=True)
class Records:
    """How the raw columns of one source become typed values.

    columns : those staging makes, computed ones included. times : the columns that date a row, one of which is
        required. raw_names : every column the files have.
    """

    study: Study
    spec: SourceSpec
    columns: tuple[Column, ...]
    times: tuple[str, ...]
    raw_names: frozenset[str]

    @cached_property
    def reading(self) -> Reading:
        home = self.study.declared.currency
        told = self.spec.currency or home
        currency = "" if CURRENCY in self.beside else told
        return Reading.of(self.spec, self.study.timezone, home=home, currency=currency)

    @cached_property
    def layout(self) -> Layout:
        return Layout.of(
            self.read_columns, self.beside.values(), self.spec.long.item if self.spec.long else None
        )

    @cached_property
    def read_columns(self) -> tuple[Column, ...]:
        """Columns that come from the files."""
        return tuple(c for c in self.columns if not c.is_computed)

    @cached_property
    def beside(self) -> dict[str, str]:
        """Raw columns that are none of ours and say how to read others: what each is called, and its name."""
        named = {CURRENCY: self.spec.currency, TAX: self.spec.tax}
        return {
            name: raw for name, raw in named.items() if isinstance(raw, str) and not self._is_currency(raw)
        }

    @cached_property
    def clock(self) -> Clock:
        return Clock(self.study.timezone, self.study.declared.business_hours)

    def sql(self, union: str) -> str:
        """A select of every record: texts, values as _value_<column>, and _kept.

        union : a select of _file, _line, _order and the raw columns by their slots.
        """
        beside = [f"{self.layout.slot(raw)} as {name}" for name, raw in self.beside.items()]
        beside += [f"{self.layout.slot(self.layout.item)} as {ITEM}"] if self.spec.long else []
        beside += [
            f"{self.layout.clash_sql(c, self.reading)} as {_clash(c)}" for c in self.read_columns if c.also
        ]
        made = [f"{self.layout.text_sql(c, self.reading)} as {name_sql(c.name)}" for c in self.read_columns]
        texts = f"select _file, _line, _order, {', '.join([*made, *beside])} from ({union})"
        read = ", ".join(f"{self._read(c)} as {value_name(c)}" for c in self.read_columns)
        kept = [f"{self.required_sql(c)} is not null" for c in self.read_columns if c.required]
        kept += [f"{ITEM} is not null"] if self.spec.long else []
        settled = ", ".join(f"{self._settled(c)} as {value_name(c)}" for c in self.read_columns)
        return (
            f"select *, {' and '.join(kept) or 'true'} as _kept from "
            f"(select * replace ({settled}) from (select *, {read} from ({texts})))"
        )

    def required_sql(self, column: Column) -> str:
        """What a kept record needs of a required column: its value, or that of one that will do."""
        there = {c.name for c in self.read_columns}
        others = [value_name(name) for name in column.or_else if name in there]
        return f"coalesce({', '.join([value_name(column), *others])})" if others else value_name(column)

    def reasons(self, column: Column) -> list[tuple[str, str]]:
        """Why a value of this column came to nothing, beyond its text: conditions and SQL texts."""
        if column.is_computed:
            return span_reasons(column)
        cases = []
        if self._is_period(column):
            cases += period_reasons(column.name, self.study.declared.period)
        if column.also:
            names = " and ".join(column.raw_names)
            cases.append((_clash(column), text_sql(f"{names} hold different answers: keep one")))
        if self._is_money(column):
            cases += self._exchange.reasons(column)
        if column.metric and column.metric.was:
            cases += scale_reasons(column, self.reading.value_sql(column), self._until(column))
        return cases

    def _read(self, column: Column) -> str:
        """What the text of a column says."""
        if column.metric_choices:
            (name,) = column.metric.choice
            return chosen_sql(column, self.spec.split[name])
        if self._is_period(column):
            return any_period_sql(name_sql(column.name), self.study.declared.period, self.study.fiscal_month)
        value = self.reading.value_sql(column, pad=self.spec.pad.get(column.name))
        return f"case when not {_clash(column)} then {value} end" if column.also else value

    def _settled(self, column: Column) -> str:
        """What that is on the metric's scale and in the study's currency; NULL out of bounds."""
        value = value_name(column)
        if column.metric and column.metric.was:
            return rescaled_sql(column, value, self._until(column))
        return bound_sql(column, self._exchange.net_sql(value) if self._is_money(column) else value)

    def _is_period(self, column: Column) -> bool:
        return self.spec.role == "unit_periods" and column.name == "period"

    def _is_money(self, column: Column) -> bool:
        is_priced = self.spec.currency is not None or self.spec.tax is not None
        return bool(is_priced and column.metric and column.metric.unit == self.study.declared.currency)

    @cached_property
    def _exchange(self) -> Exchange:
        declared, tax = self.study.declared, self.spec.tax
        currency = self.spec.currency or declared.currency
        return Exchange(
            home=declared.currency.upper(),
            rates=declared.rates,
            currency=None if CURRENCY in self.beside else currency.upper(),
            tax=None if TAX in self.beside else float(tax or 0),
            period=self._period_sql(),
            reading=self.reading,
        )

    def _is_currency(self, word: str) -> bool:
        """Whether a word names a currency the study knows, and no column of the files."""
        known = {self.study.declared.currency.upper()}
        for name, rate in self.study.declared.rates.items():
            known |= {code.upper() for code in (rate if isinstance(rate, dict) else (name,))}
        return word not in self.raw_names and word.upper() in known

    def _until(self, column: Column) -> dict:
        """For each former scale's last day, the SQL that says whether a row is as old."""
        days = [was.until for was in column.metric.was]
        if "period" in self._dated:
            kind, month = self.study.declared.period, self.study.fiscal_month
            return {d: f"{value_name('period')} <= {text_sql(str(period_of(d, kind, month)))}" for d in days}
        return {d: f"{self._day_sql()} <= date '{d}'" for d in days}

    def _period_sql(self) -> str:
        if "period" in self._dated:
            return value_name("period")
        if not self._dated:
            return "null::varchar"
        return period_sql(self._day_sql(), self.study.declared.period, self.study.fiscal_month)

    def _day_sql(self) -> str:
        """A row's day on the study's own clock."""
        column = next(c for c in self.columns if c.name == self._dated[0])
        value = self.required_sql(column)
        return value if column.kind == "date" else f"cast({self.clock.local(value)} as date)"

    @cached_property
    def _dated(self) -> list[str]:
        return [c.name for c in self.columns if c.name in self.times and c.required]


def value_name(column: Column | str) -> str:
    """What a column's typed value is called beside its text."""
    return name_sql(f"_value_{column if isinstance(column, str) else column.name}")


def _clash(column: Column) -> str:
    return name_sql(f"_clash_{column.name}")
