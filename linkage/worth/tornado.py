"""What matters most? The net value with one input at the ends of its range, all others as they stand."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pandas as pd

from linkage.worth.flows import Parts, Plan, present_values

UNRANGED = 0.20
"""How far an assumed input without a range is moved both ways: no range was given, so this shows its weight only."""

COLUMNS = ["input", "basis", "level", "at_low", "at_high", "net_low", "net_high", "swing", "range"]


def tornado_table(inputs: pd.DataFrame, parts: Parts, plan: Plan) -> pd.DataFrame:
    """One row an input that is not fixed, the one that moves the net value most first.

    at_low, at_high : the ends of its range. net_low, net_high : the net present value there, every other input as
    stated. swing : the difference. range : "95% interval", "range as stated", or "20% less and more"
    where none was given.
    """
    at = replace(parts, **{f.name: getattr(parts, f.name)[:1] for f in fields(parts)})
    rows = []
    for name, row in inputs[inputs["part"] != ""].iterrows():
        low, high, words = _ends(row)
        net = [_net(at.with_(row["part"], end), plan) for end in (low, high)]
        rows.append((name, row["basis"], row["level"], low, high, *net, abs(net[1] - net[0]), words))
    table = pd.DataFrame(rows, columns=COLUMNS).set_index("input")
    return table.sort_values("swing", ascending=False, kind="stable")


def _ends(row: pd.Series) -> tuple[float, float, str]:
    is_drawn = row["basis"] == "estimated" or row["part"].startswith("slopes")
    if pd.notna(row["low"]):
        return row["low"], row["high"], "interval" if is_drawn else "range as stated"
    low, high = sorted((row["value"] * (1 - UNRANGED), row["value"] * (1 + UNRANGED)))
    if "share" in row["unit"]:
        high = min(high, 1.0)
    return low, high, f"{UNRANGED:.0%} less and more"


def _net(parts: Parts, plan: Plan) -> float:
    benefit, cost = present_values(parts, plan)
    return float(np.squeeze(benefit - cost))
