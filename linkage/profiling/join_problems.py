"""What the join ledger says of the keys of a source: nearly the same, unknown on the other side, in the wrong order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from linkage.profiling.problem import LOOK, Problem, share_of

NEARLY, UNKNOWN, EARLY = "keys nearly match", "keys unknown", "answer before contact"
ROLES_OF = {"event_answer": "feedback", "event_contact": "interactions", "event_purchase": "transactions"}


def join_problems(ledger: pd.DataFrame, sources: Mapping[str, str]) -> Iterator[Problem]:
    """Problems of keys. ledger : one row a join. sources : by role (or its own name), the source's name."""
    for row in ledger.to_dict("records"):
        left, _, right = row["join"].partition(" -> ")
        (table, _, key), (other, _, _) = left.partition("."), right.partition(".")
        role = ROLES_OF.get(table) or table.removeprefix("stg_")
        # Keys of another system are looked up before: what is left over is counted at the next join.
        if row["verb"] != "join" or role not in sources or other == "stg_identities":
            continue
        yield from _of_join(row, sources[role], key, ROLES_OF.get(other) or other.removeprefix("stg_"))


def _remedy(key: str) -> str:
    """What says that two spellings are one: only of customers a source can."""
    return "an 'identities' source" if key == "customer_id" else "a select under 'sql:' or the file itself"


def _of_join(row: dict, source: str, key: str, other: str) -> Iterator[Problem]:
    example = next(iter(row["examples"] or ()), None)
    found = (
        (NEARLY, row["look_alike"], f"They differ from a key of {other} only in case, punctuation or leading zeros. "
         f"'pad' in the study file repairs lost zeros, {_remedy(key)} the rest."),
        (UNKNOWN, row["absent"], f"{other} has no such {key}: is its export whole, and does it use the same numbers?"),
        (EARLY, row["time_violations"] or 0, "The answer is older than the contact it names. It is left out of that "
         "contact's row ('rules: early_answers'): look at the clocks and time zones of both systems."),
    )  # fmt: skip
    for what, rows, advice in found:
        if rows and not pd.isna(rows):
            yield Problem(
                source, key, what, int(rows), share_of(int(rows), row["left_rows"]), LOOK, advice,
                example=example if what != EARLY else None,
            )  # fmt: skip
