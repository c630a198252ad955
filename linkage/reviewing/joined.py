"""Was the data read and joined as it should be? Checks of a report's ledger."""

from __future__ import annotations

from linkage.checks import FAIL, NOT_ASSESSED, PASS, REVIEW, Check
from linkage.limits.reviewing import (
    MATCHED_FAIL_SHARE,
    MATCHED_SHARE,
    REJECTED_FAIL_SHARE,
    REJECTED_SHARE,
)

Row = dict[str, object]


def data_checks(ledger: dict | None) -> list[Check]:
    """Of the sources: rows lost in reading, and values that could not be read."""
    sources = (ledger or {}).get("sources") or []
    return [
        _lost("rows read", sources, "rows_rejected", "rows_read", "{:,} of {:,} rows"),
        _lost("values read", sources, "values_rejected", "rows_accepted", "{:,} values in {:,} rows"),
    ]


def _lost(name: str, sources: list[Row], lost: str, of: str, what: str) -> Check:
    """Did the source that lost most keep enough? what : how its loss is said, with two counts."""
    if not sources:
        return Check(name, NOT_ASSESSED, None, REJECTED_SHARE, "There is no ledger of the sources here.")
    shares = {str(s["source"]): int(s[lost]) / int(s[of]) if s[of] else 1.0 for s in sources}
    source, share = max(shares.items(), key=lambda pair: pair[1])
    counted = next((int(s[lost]), int(s[of])) for s in sources if s["source"] == source)
    said = f"{source} lost most: {what.format(*counted)} could not be read."
    if share > REJECTED_FAIL_SHARE:
        return Check(
            name, FAIL, share, REJECTED_FAIL_SHARE, f"{said} `linkage check` lists file, line and reason."
        )
    if share > REJECTED_SHARE:
        return Check(
            name, REVIEW, share, REJECTED_SHARE, f"{said} Are those that are missing like the others?"
        )
    return Check(name, PASS, share, REJECTED_SHARE, said if share else "Every one could be read.")


def join_checks(ledger: dict | None) -> list[Check]:
    """Of the joins: partners found, keys that nearly match, rows multiplied, order of time, counts that add up."""
    joins = (ledger or {}).get("joins") or []
    if not joins:
        names = ("match rate", "look-alike keys", "rows multiplied", "pairs in order", "counts add up")
        return [Check(n, NOT_ASSESSED, None, None, "There is no ledger of joins here.") for n in names]
    looked_up = [j for j in joins if j["verb"] == "join" and j["left_rows"]]
    return [
        _matched(looked_up),
        _look_alike(looked_up),
        _multiplied(looked_up),
        _ordered(joins),
        _added_up(joins),
    ]


def _matched(joins: list[Row]) -> Check:
    """Did the rows that carry a key find their partner?"""
    name = "match rate"
    keyed = {str(j["join"]): (int(j["matched"]), int(j["left_rows"]) - int(j["no_key"])) for j in joins}
    shares = {join: met / rows for join, (met, rows) in keyed.items() if rows}
    if not shares:
        return Check(name, NOT_ASSESSED, None, MATCHED_SHARE, "No join looks anything up.")
    join, share = min(shares.items(), key=lambda pair: pair[1])
    met, rows = keyed[join]
    said = f"Least in {join}: {met:,} of {rows:,} rows with a key."
    if share < MATCHED_FAIL_SHARE:
        return Check(
            name, FAIL, share, MATCHED_FAIL_SHARE, f"{said} Are the two sides' keys of the same system?"
        )
    if share < MATCHED_SHARE:
        return Check(name, REVIEW, share, MATCHED_SHARE, f"{said} Look whom the join leaves out.")
    return Check(name, PASS, share, MATCHED_SHARE, said)


def _look_alike(joins: list[Row]) -> Check:
    """Are there keys that differ from a partner's in case, punctuation or leading zeros alone?"""
    found = {str(j["join"]): int(j["look_alike"]) for j in joins if j["look_alike"]}
    if not found:
        return Check("look-alike keys", PASS, 0, 0, "No key without a partner nearly matches one.")
    join, count = max(found.items(), key=lambda pair: pair[1])
    return Check(
        "look-alike keys", REVIEW, sum(found.values()), 0,
        f"Most in {join}: {count:,} rows. They may be the same keys written otherwise: see `pad` in study.yml.",
    )  # fmt: skip


def _multiplied(joins: list[Row]) -> Check:
    """Did every look-up find one partner at most?"""
    found = [j for j in joins if int(j["fan_out"] or 0) > 1]
    if not found:
        return Check("rows multiplied", PASS, 1, 1, "No look-up found two partners for a row.")
    worst = max(found, key=lambda j: int(j["fan_out"]))
    return Check(
        "rows multiplied", FAIL, int(worst["fan_out"]), 1,
        f"{worst['join']} found up to {worst['fan_out']} partners for a row: its rows are counted more than once.",
    )  # fmt: skip


def _ordered(joins: list[Row]) -> Check:
    """Does what was joined lie in its order of time?"""
    timed = [j for j in joins if j["time_violations"] is not None]
    late = [j for j in timed if j["time_violations"]]
    if not timed:
        return Check("pairs in order", NOT_ASSESSED, None, 0, "No join pairs things that have a time.")
    if not late:
        return Check("pairs in order", PASS, 0, 0, "No pair lies in the wrong order of time.")
    worst = max(late, key=lambda j: j["time_violations"])
    return Check(
        "pairs in order", REVIEW, sum(int(j["time_violations"]) for j in late), 0,
        f"Most in {worst['join']}: {worst['time_violations']:,} pairs in the wrong order. Whose clock is wrong?",
    )  # fmt: skip


def _added_up(joins: list[Row]) -> Check:
    """Is every row of every join accounted for?"""
    wrong = [said for said in map(imbalance, joins) if said]
    if wrong:
        return Check("counts add up", FAIL, len(wrong), 0, f"{wrong[0]} The ledger itself is wrong.")
    return Check("counts add up", PASS, 0, 0, f"Rows in = matched + unmatched in all {len(joins)} joins.")


def imbalance(join: Row) -> str:
    """Where a join's counts contradict each other, in words; empty where they add up."""
    rows, matched, lost = (int(join[name]) for name in ("left_rows", "matched", "unmatched"))
    told = sum(int(join[name] or 0) for name in ("no_key", "look_alike", "absent"))
    if matched + lost != rows:
        return f"{join['join']}: {matched:,} matched and {lost:,} unmatched are not its {rows:,} rows."
    if told != lost:
        return f"{join['join']}: {lost:,} found no partner, and the reasons given are for {told:,}."
    return ""
