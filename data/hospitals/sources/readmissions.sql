-- readmissions: one excess readmission ratio a hospital, the mean of the conditions CMS could report.
-- grain: unit_id, period
--
-- Up to six conditions a hospital (heart attack, heart failure, pneumonia, lung disease, bypass surgery,
-- hip or knee replacement). `N/A` is a condition with too few cases or none; any other text that is no
-- number stops the build. A hospital without a single ratio keeps its row, with a count of 0.
-- The window is July 2019 to June 2022; the period is the year in which it ends.

with conditions as materialized (
    select
        "Facility ID" as unit_id,
        "End Date"[-4:] as period,
        nullif("Excess Readmission Ratio", 'N/A') as excess_ratio
    from read_csv(
        'raw/FY_2024_Hospital_Readmissions_Reduction_Program_Hospital.csv.gz', all_varchar = true
    )
)

select
    unit_id,
    period,
    favg(excess_ratio::double) as excess_readmission_ratio,
    count(excess_ratio) as condition_count
from conditions
group by unit_id, period
order by unit_id, period
