"""The match ledger: what each rule of identity brought together, left in doubt or would not use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from linkage.identity.people import matching_roles
from linkage.identity.values import rule_in_words
from linkage.kpis.needs import revenue_metric

if TYPE_CHECKING:
    import duckdb

    from linkage.study import Study

EXAMPLES = 5
DECLARED, TOGETHER = "identities (declared)", "together"

WITHHELD = ("doubt_examples", "contested_examples", "ignored_examples")
"""Columns that show ids, addresses or numbers of persons: for who may see the data, never for a report."""


@dataclass(frozen=True)
class IdentityRow:
    """What one rule did, after the rules more trusted than it.

    rule : the matching column; or the declared crosswalk; or all of them together.
    spelling : how its values are compared. sources : the roles that have it.
    ids, values : different ids that have a value, and different values.
    matched_ids : ids (and rows without an id) it brought to another id. customers_reached : customers they are now.
    doubtful_ids : ids it leads to two or more customers of the register, and so to none; together: still so at
        the end. contested_values : values that two or more customers of the register share.
    ignored_values, ignored_ids : values that more ids share than the study allows, and their ids.
    merged_customers : customers of the register that became another customer of it.
    revenue_share : share of all revenue that is of the customers reached, 0 to 1.
    """

    rule: str
    spelling: str
    sources: str
    ids: int
    values: int
    matched_ids: int
    customers_reached: int
    doubtful_ids: int
    contested_values: int
    ignored_values: int
    ignored_ids: int
    merged_customers: int
    revenue_share: float | None
    doubt_examples: tuple[str, ...] = ()
    contested_examples: tuple[str, ...] = ()
    ignored_examples: tuple[str, ...] = ()

    def __str__(self) -> str:
        share = "" if pd.isna(self.revenue_share) else f" with {self.revenue_share:.1%} of revenue"
        said = (
            f"{self.rule}: {self.matched_ids:,} of {self.ids:,} ids matched, to {self.customers_reached:,} "
            f"customers{share}; {self.doubtful_ids:,} in doubt; {self.contested_values:,} values of two or more "
            f"customers; {self.ignored_values:,} values of too many ids ({self.ignored_ids:,}) not used"
        )
        merged = (
            f"; {self.merged_customers:,} customers of the register became another"
            if self.merged_customers
            else ""
        )
        lines = [f"{said}{merged}"]
        for words, examples in (
            ("in doubt", self.doubt_examples),
            ("of two or more customers", self.contested_examples),
            ("not used", self.ignored_examples),
        ):
            lines += [f"    {words}: {', '.join(examples)}"] if examples else []
        return "\n".join(lines)


def account_for(connection: duckdb.DuckDBPyConnection, study: Study) -> list[IdentityRow]:
    """One row for the declared crosswalk, one a rule, and one for all together."""
    money = _money_sql(study)
    rules = [_of_rule(connection, study, column, money) for column in study.declared.identity.match]
    declared = "select alias_id as id from stg_identities where alias_id <> customer_id"
    everybody = "select id from identity_canonical where id <> customer_id"
    first = _row(
        connection, declared, money, rule=DECLARED, spelling="as declared", sources="identities",
        ids=_one(connection, "select count(*) from stg_identities"), values=0,
    )  # fmt: skip
    last = _row(
        connection, everybody, money, rule=TOGETHER, spelling="", sources="",
        ids=_one(connection, "select count(*) from identity_canonical"),
        values=_one(connection, "select count(distinct (rule, value)) from identity_value"),
        doubtful_ids=_one(connection, "select count(*) from identity_canonical where in_doubt"),
        contested_values=sum(r.contested_values for r in rules),
        ignored_values=sum(r.ignored_values for r in rules),
        ignored_ids=_one(connection, f"select count(distinct id) from ({_IGNORED_IDS})"),
    )  # fmt: skip
    return [*([first] if first.ids else []), *rules, last]


_IGNORED_IDS = (
    "select held.rule, held.id from identity_value as held inner join identity_ignored as ignored "
    "on ignored.rule = held.rule and ignored.value = held.value"
)


def _of_rule(
    connection: duckdb.DuckDBPyConnection, study: Study, column: str, money: str | None
) -> IdentityRow:
    held = f"from identity_value where rule = '{column}'"
    return _row(
        connection,
        f"select id from identity_moved where rule = '{column}'",
        money,
        rule=column,
        spelling=rule_in_words(column, study.declared.identity.country_code),
        sources=", ".join(matching_roles(study, column)),
        ids=_one(connection, f"select count(distinct id) {held}"),
        values=_one(connection, f"select count(distinct value) {held}"),
        doubtful_ids=_one(connection, f"select count(*) from identity_doubted where rule = '{column}'"),
        contested_values=_one(connection, f"select count(*) from identity_contested where rule = '{column}'"),
        ignored_values=_one(connection, f"select count(*) from identity_ignored where rule = '{column}'"),
        ignored_ids=_one(
            connection, f"select count(distinct id) from ({_IGNORED_IDS}) where rule = '{column}'"
        ),
        doubt_examples=_few(connection, f"select id from identity_doubted where rule = '{column}'"),
        contested_examples=_few(connection, f"select value from identity_contested where rule = '{column}'"),
        ignored_examples=_few(
            connection,
            f"select value || ' (' || root_count || ')' from identity_ignored where rule = '{column}'",
        ),
    )


def _row(
    connection: duckdb.DuckDBPyConnection, moved: str, money: str | None, **counted: object
) -> IdentityRow:
    """A row's counts, and those that follow from the ids that were moved."""
    reached = (
        f"select distinct customer_id from identity_canonical where id in ({moved}) and id <> customer_id"
    )
    share = _one(connection, money.format(reached=reached)) if money else None
    zeros = dict.fromkeys(("doubtful_ids", "contested_values", "ignored_values", "ignored_ids"), 0)
    return IdentityRow(
        **{
            **zeros,
            "matched_ids": _one(connection, f"select count(*) from ({moved})"),
            "customers_reached": _one(connection, f"select count(*) from ({reached})"),
            "merged_customers": _one(
                connection,
                f"select count(*) from identity_canonical where is_register and id in ({moved}) and customer_id "
                "in (select customer_id from stg_customers) and id <> customer_id",
            ),
            "revenue_share": None if share is None else round(float(share), 6),
            **counted,
        }
    )


def _money_sql(study: Study) -> str | None:
    """The share of revenue of the customers in {reached}; None where no money adds up."""
    name = revenue_metric(study)
    if name is None:
        return None
    amount = f"purchases.{study.metrics[name].column}"
    return (
        f"select coalesce(fsum({amount}) filter (where found.customer_id in ({{reached}})), 0) "
        f"/ nullif(fsum({amount}), 0) "
        "from stg_transactions as purchases "
        "left join identity_canonical as found on found.id = purchases.customer_id"
    )


def _one(connection: duckdb.DuckDBPyConnection, sql: str):
    return connection.execute(sql).fetchone()[0]


def _few(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[str, ...]:
    rows = connection.execute(f"{sql} order by 1 limit {EXAMPLES}").fetchall()
    return tuple(str(text) for (text,) in rows)
