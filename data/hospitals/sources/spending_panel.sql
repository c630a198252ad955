-- spending_panel: Medicare spending per beneficiary in the survey's own two calendar years, as published.
-- grain: unit_id, period
--
-- The baseline is calendar 2019 and the performance period calendar 2022 (Measure_Dates.csv:
-- MSPB_1_HVBP_Baseline, MSPB_1_HVBP_Performance). Each is a ratio to that year's national median.

with published as (
    from read_csv('raw/hvbp_efficiency_and_cost_reduction.csv.gz', all_varchar = true)
),

hospital_years as (
    select
        "Facility ID" as unit_id,
        '2019' as period,
        "MSPB-1 Baseline Rate" as programme_spending_ratio
    from published
    union all
    select
        "Facility ID" as unit_id,
        '2022' as period,
        "MSPB-1 Performance Rate" as programme_spending_ratio
    from published
)

select
    unit_id,
    period,
    programme_spending_ratio
from hospital_years
order by unit_id, period
