"""What a source can be for: each role with its grain, the columns the suite knows, and its times."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Role:
    """What a source is for: its grain, the columns the suite knows, and which of them it cannot do without."""

    grain: tuple[str, ...]
    columns: dict[str, str]
    time: tuple[str, ...] = ()
    """Time columns, of which one at least is needed; the first that exists orders the table."""


ROLES: dict[str, Role] = {
    "customers": Role(
        ("customer_id",),
        {
            "customer_id": "key",
            "unit_id": "key",
            "segment": "text",
            "region": "text",
            "joined_on": "date",
            "left_on": "date",
        },
    ),
    "feedback": Role(
        ("response_id",),
        {
            "response_id": "key",
            "customer_id": "key",
            "interaction_id": "key",
            "employee_id": "key",
            "unit_id": "key",
            "answered_at": "time",
            "survey": "text",
            "wave": "text",
            "language": "text",
            "comment": "text",
            "weight": "number",
        },
        ("answered_at",),
    ),
    "interactions": Role(
        ("interaction_id",),
        {
            "interaction_id": "key",
            "customer_id": "key",
            "employee_id": "key",
            "unit_id": "key",
            "started_at": "time",
            "ended_at": "time",
            "channel": "text",
            "topic": "text",
        },
        ("ended_at", "started_at"),
    ),
    "transactions": Role(
        ("transaction_id",),
        {
            "transaction_id": "key",
            "customer_id": "key",
            "unit_id": "key",
            "purchased_at": "time",
            "product": "text",
        },
        ("purchased_at",),
    ),
    "employees": Role(
        ("employee_id",),
        {"employee_id": "key", "unit_id": "key", "job": "text", "hired_on": "date", "left_on": "date"},
    ),
    "employee_feedback": Role(
        ("response_id",),
        {"response_id": "key", "employee_id": "key", "answered_at": "time"},
        ("answered_at",),
    ),
    "trainings": Role(
        ("training_id",),
        {"training_id": "key", "employee_id": "key", "completed_on": "date", "programme": "text"},
        ("completed_on",),
    ),
    "units": Role(("unit_id",), {"unit_id": "key", "kind": "text", "region": "text", "opened_on": "date"}),
    "customer_units": Role(
        ("customer_id", "valid_from"),
        {"customer_id": "key", "unit_id": "key", "valid_from": "date", "valid_to": "date"},
        ("valid_from",),
    ),
    "employee_units": Role(
        ("employee_id", "valid_from"),
        {"employee_id": "key", "unit_id": "key", "valid_from": "date", "valid_to": "date"},
        ("valid_from",),
    ),
    "unit_periods": Role(
        ("unit_id", "period"),
        {"unit_id": "key", "period": "text", "period_on": "date"},
        ("period", "period_on"),
    ),
    "invitations": Role(
        ("invitation_id",),
        {"invitation_id": "key", "customer_id": "key", "invited_at": "time", "response_id": "key"},
        ("invited_at",),
    ),
    "identities": Role(("alias_id",), {"alias_id": "key", "customer_id": "key"}),
}
