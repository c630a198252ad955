"""What a study may state under `kpis:` in study.yml: the gaps, windows and targets of its business KPIs."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from linkage.study_file.raw_rules import Declared, as_tuple

Count = Annotated[int, Field(gt=0, le=3660)]


class KpiRules(Declared):
    """What a business decides, and no formula can; each is printed beside its figure.

    gap_days : without a contract, who has not bought for this long counts as gone.
    gaps_compared : the same with other gaps, because such a churn is a definition and not a fact; by default two
        thirds of the gap, the gap, and twice the gap.
    spell_days : how far back the waits until the next purchase begin.
    repeat_purchase_days : a first purchase is repeated if another day's follows within this.
    repeat_contact_days : a contact is resolved if none on the same topic follows within this.
    target_hours : a first answer in time comes within this: by the clock, or of opening hours where the metric
        first_response_hours is declared with `clock: business`.
    answer_days : an invitation is answered if the answer comes within this.
    """

    gap_days: Count = 90
    gaps_compared: Annotated[tuple[Count, ...], BeforeValidator(as_tuple)] = ()
    spell_days: Count = 365
    repeat_purchase_days: Count = 90
    repeat_contact_days: Count = 14
    target_hours: Count = 24
    answer_days: Count = 30

    @property
    def gaps(self) -> tuple[int, ...]:
        """The gaps to compare, in order; the one that counts is always among them."""
        others = self.gaps_compared or (max(self.gap_days * 2 // 3, 1), self.gap_days * 2)
        return tuple(sorted({*others, self.gap_days}))
