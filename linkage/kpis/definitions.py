"""What each business KPI is: its definition, its unit, which way is better, and the trap in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ALL = "all"
Kind = Literal["rate", "churn", "clustered", "money", "frequency", "median", "mean"]


@dataclass(frozen=True)
class Kpi:
    """One KPI and where its figures stand.

    model, where : the SQL model, and which of its rows. group : the column that splits it, besides the whole.
    kind : rate (numerator of base, both columns of heads; churn: its complement), clustered (a share of
        things, customers being clusters), money and frequency (ratios of sums over customers), median and
        mean (of a column of lengths).
    sums : the columns of a rate, the name of a ratio, or the column of lengths with that of its end.
    label, definition, trap : texts; {presence} is the rule for who is a customer, {revenue} the metric of money,
        {clock} how hours are counted, and any other word in braces a rule of the study (linkage.kpis.declared).
    """

    name: str
    label: str
    model: str
    kind: Kind
    sums: tuple[str, ...]
    definition: str
    trap: str
    unit: str = "share"
    better: str = "higher"
    group: str | None = None
    where: tuple[str, str] | None = None
    lacks: str = ""
    """What to say it needs where it cannot be counted; else what its SQL model needs."""
    top: float | None = None
    """The most a ratio can be, where there is a most."""
    is_seasonal: bool = False
    """Whether its periods are unlike each other within a year, so that it is compared with a year ago."""


BY_CONTRACT = "in the register from joined_on through left_on"
BY_PURCHASE = "bought within the last {gap_days}"

KPIS: tuple[Kpi, ...] = (
    Kpi(
        "retention_rate",
        "Retention rate",
        "kpi_retention",
        "rate",
        ("kept_count", "start_count"),
        "Customers at the period's end who were there at its start, of those at its start. A customer: {presence}.",
        "New customers must not count: they would make up for lost ones. Everything hangs on the rule for who is a "
        "customer.",
    ),
    Kpi(
        "churn_rate",
        "Churn rate",
        "kpi_retention",
        "churn",
        ("kept_count", "start_count"),
        "One less the retention rate: customers lost during the period, of those at its start. A customer: {presence}.",
        "A count of heads hides whose heads: see revenue retention. Churn of several periods does not add up.",
        better="lower",
    ),
    Kpi(
        "lapse_rate",
        "Customers who stopped buying",
        "kpi_lapse",
        "rate",
        ("lapsed_count", "start_count"),
        "Of those who had bought within so many days before the period, the share without a purchase in the last so "
        "many days of it. The gap is the group.",
        "Without a contract churn is a definition and not a fact: read the gaps side by side before choosing one.",
        better="lower",
        group="gap_days",
    ),
    Kpi(
        "revenue_retention_net",
        "Revenue retention, net",
        "kpi_revenue_retention",
        "money",
        ("net",),
        "{revenue} of this period from the customers of the period before, for each unit then; growth counts.",
        "Growth of a few can hide the loss of many: read it with gross. A season moves it; compare with a year ago.",
        is_seasonal=True,
    ),
    Kpi(
        "revenue_retention_gross",
        "Revenue retention, gross",
        "kpi_revenue_retention",
        "money",
        ("gross",),
        "The same, but no customer counts for more than they brought in the period before.",
        "Never above one. Where purchases are irregular it is low although nobody left.",
        top=1.0,
    ),
    Kpi(
        "repeat_purchase_share",
        "Repeat customers",
        "kpi_repeat_purchase",
        "rate",
        ("repeat_count", "customer_count"),
        "Of those who first bought in the period, the share who bought again on a later day within "
        "{repeat_purchase_days}. The period is that of the first purchase.",
        "Late joiners have had less time: everybody has the same days, and a cohort waits until they are over.",
    ),
    Kpi(
        "purchase_frequency",
        "Purchases a customer and year",
        "kpi_purchase_frequency",
        "frequency",
        ("purchase",),
        "Days with a purchase, divided by years as a customer within the period. A customer: {presence}.",
        "The time somebody was a customer goes below the line, not the calendar; silent customers count.",
        unit="purchase",
    ),
    Kpi(
        "next_purchase_days",
        "Days until the next purchase, median",
        "kpi_purchase_interval",
        "median",
        ("days", "is_bought", "wait_count"),
        "Days after which half have bought again, from each customer's first purchase of the {spell_days} "
        "up to the period's end; waits that are not over count as unfinished (Kaplan-Meier).",
        "The last wait of everybody is unfinished. Who leaves it out keeps the short ones.",
        unit="day",
        better="lower",
    ),
    Kpi(
        "next_purchase_days_naive",
        "Days until the next purchase, naive mean",
        "kpi_purchase_interval",
        "mean",
        ("days", "is_bought", "wait_count"),
        "The mean of the waits that are over. Shown to be compared with the median, not to be used.",
        "Too short: those who have not come back yet are left out.",
        unit="day",
        better="lower",
    ),
    Kpi(
        "first_response_rate",
        "First answer within {target_hours}",
        "kpi_first_response",
        "clustered",
        ("in_time",),
        "Contacts answered within {target_hours} {clock}, of those whose {target_hours} ended in the period.",
        "A contact without an answer is late, not missing. An automatic reply is no answer: the metric must leave it "
        "out, or is_automatic_reply say so.",
        group="channel",
    ),
    Kpi(
        "first_response_hours",
        "Wait for the first answer, median",
        "kpi_waiting_time",
        "median",
        ("hours", "is_over", "contact_count"),
        "Hours after which half of the contacts begun in the period were answered; those not answered by its end count "
        "as unfinished (Kaplan-Meier).",
        "Unanswered contacts are unfinished, not missing. Channels differ: a telephone answers at once.",
        unit="hour",
        better="lower",
        where=("wait", "first_response"),
        lacks="first_response_hours of interactions, declared as a metric",
    ),
    Kpi(
        "resolution_hours",
        "Time to resolution, median",
        "kpi_waiting_time",
        "median",
        ("hours", "is_over", "contact_count"),
        "Hours after which half of the contacts begun in the period were resolved; those open at its end count as "
        "unfinished (Kaplan-Meier).",
        "A reopened contact continues the clock: the metric must say so. Open ones are unfinished, not missing.",
        unit="hour",
        better="lower",
        where=("wait", "resolution"),
        lacks="resolution_hours of interactions, declared as a metric, or started_at and ended_at",
    ),
    Kpi(
        "first_contact_resolution",
        "First-contact resolution",
        "kpi_contact_resolution",
        "clustered",
        ("settled",),
        "Contacts that were closed, not reopened (where that is recorded), and not followed by another of the same "
        "customer and topic within {repeat_contact_days}, of those whose {repeat_contact_days} "
        "ended in the period.",
        "The days are a choice. Customers who gave up look resolved, and so do tickets merged into another number "
        "where no column merged_into says so.",
        group="channel",
    ),
    Kpi(
        "recorded_resolution",
        "Resolved, as recorded",
        "kpi_contact_flag",
        "clustered",
        ("flag",),
        "Contacts with is_resolved, of those where it is recorded.",
        "Who is judged by a flag sets it kindly: compare it with first-contact resolution.",
        where=("flag", "is_resolved"),
        lacks="is_resolved of interactions, declared as a metric of type flag",
    ),
    Kpi(
        "reopened_share",
        "Reopened contacts",
        "kpi_contact_flag",
        "clustered",
        ("flag",),
        "Contacts with is_reopened, of those where it is recorded.",
        "Late contacts have had less time to be reopened.",
        better="lower",
        where=("flag", "is_reopened"),
        lacks="is_reopened of interactions, declared as a metric of type flag",
    ),
    Kpi(
        "failure_demand_share",
        "Contacts that a failure caused",
        "kpi_contact_flag",
        "clustered",
        ("flag",),
        "Contacts with is_failure_demand, of those where it is recorded.",
        "It depends on who sorts the contacts: have two people sort the same ones.",
        better="lower",
        where=("flag", "is_failure_demand"),
        lacks="is_failure_demand of interactions, declared as a metric of type flag",
    ),
    Kpi(
        "abandonment_rate",
        "Contacts given up",
        "kpi_contact_flag",
        "clustered",
        ("flag",),
        "Contacts with is_abandoned, of those where it is recorded.",
        "Who hangs up at once may have misdialled: say from which second on it counts.",
        better="lower",
        where=("flag", "is_abandoned"),
        lacks="is_abandoned of interactions, declared as a metric of type flag",
    ),
    Kpi(
        "contact_rate",
        "Contacts a customer",
        "kpi_contact_rate",
        "frequency",
        ("contact",),
        "Contacts in the period, divided by those who were customers at any time in it, contacts or not. "
        "A customer: {presence}.",
        "Raw counts rise with the number of customers. Fewer contacts are good only if nobody gave up.",
        unit="contact",
        better="lower",
        group="channel",
    ),
    Kpi(
        "handle_minutes_median",
        "Handle time, median",
        "kpi_handle_time",
        "median",
        ("minutes", "", "contact_count"),
        "Minutes that half of the contacts ended in the period took at most.",
        "Talk, hold and work after it must all be in the metric.",
        unit="minute",
        better="lower",
    ),
    Kpi(
        "handle_minutes_mean",
        "Handle time, mean",
        "kpi_handle_time",
        "mean",
        ("minutes", "", "contact_count"),
        "Mean minutes of the contacts ended in the period.",
        "A few very long contacts pull it up: read the median first, use the mean for staffing.",
        unit="minute",
        better="lower",
    ),
    Kpi(
        "response_rate",
        "Response rate of surveys",
        "kpi_response_rate",
        "clustered",
        ("answer",),
        "Invitations answered within {answer_days}, of those whose {answer_days} ended in the "
        "period; an answer counts once.",
        "Who was just asked has not refused yet. A high rate does not make the answers those of everybody.",
    ),
    Kpi(
        "revenue_coverage",
        "Revenue of those who answered",
        "kpi_feedback_coverage",
        "money",
        ("covered",),
        "{revenue} of the period from customers who answered a survey in it, as a share of all of it.",
        "Coverage by heads can hide that the large customers were never asked.",
        top=1.0,
    ),
    Kpi(
        "customer_coverage",
        "Buyers who answered",
        "kpi_feedback_coverage",
        "rate",
        ("answered_count", "customer_count"),
        "Customers who bought in the period and answered a survey in it, of those who bought in it.",
        "Read it with the revenue of those who answered.",
    ),
)

HEADLINES = (
    "retention_rate",
    "revenue_retention_net",
    "first_contact_resolution",
    "first_response_rate",
    "contact_rate",
)
"""For the first page of a report: has the customer stayed, with the money, and did service work?"""
