-- cost_reports: margin, staffing and revenue of each hospital and year, from one cost report each.
-- grain: unit_id, period
--
-- A row of the files is a report, not a hospital. A report belongs to the calendar year that holds the
-- middle day of its fiscal year: a year from July 2019 to June 2020 is 2019, from October 2019 to
-- September 2020 it is 2020. So the label 2019 speaks of days from July 2018 to June 2020, and two
-- labels apart is the nearest at which no day can be shared with another source's calendar year.
--
-- A report of fewer than 300 days (a new owner, a moved fiscal year) is left out: its margin holds
-- closing entries more than a year's business. Of several reports left for a year the longest counts,
-- then the latest. The label 2022 is left out: these files end with fiscal years begun by September 2021.
-- Nothing goes in silence: each hospital and year with any report has a row, `reports_that_year` counts
-- them, and where none could be used the figures are null and `left_out_because` says why.
--
-- Ids come as the files have them, without their leading zeros: study.yml pads them.

with reports as (
    select
        "Provider CCN" as unit_id,
        rpt_rec_num as report_id,
        strptime("Fiscal Year Begin Date", '%m/%d/%Y')::date as begins_on,
        strptime("Fiscal Year End Date", '%m/%d/%Y')::date as ends_on,
        "FTE - Employees on Payroll"::double as staff,
        "Total Days (V + XVIII + XIX + Unknown)"::double as inpatient_days,
        "Inpatient Revenue"::double as inpatient_charges,
        "Total Patient Revenue"::double as charges,
        "Net Patient Revenue"::double as patient_revenue,
        "Less Total Operating Expense"::double as operating_expense,
        "Net Patient Revenue"::double + coalesce("Total Other Income"::double, 0) as revenue,
        "Net Income"::double as net_income
    from read_csv('raw/CostReport_*_Final.csv.gz', all_varchar = true)
),

dated as (
    select
        unit_id,
        report_id,
        begins_on,
        ends_on,
        ends_on - begins_on + 1 as report_days,
        year(begins_on + ((ends_on - begins_on) // 2)::integer) as middle_year,
        staff / nullif(inpatient_days * charges / nullif(inpatient_charges, 0), 0)
            * (ends_on - begins_on + 1) as staff_per_occupied_bed,
        -- A sign or a placeholder (-1) where revenue should stand makes any ratio to it meaningless.
        case when patient_revenue > 0 and revenue > 0 then net_income / revenue end as total_margin,
        case when patient_revenue > 0 then 1 - operating_expense / patient_revenue end as patient_margin,
        case when patient_revenue > 0 then ln(patient_revenue / (ends_on - begins_on + 1) * 365) end
            as log_patient_revenue
    from reports
),

judged as (
    select
        unit_id,
        middle_year::varchar as period,
        begins_on,
        ends_on,
        report_days,
        staff_per_occupied_bed,
        total_margin,
        patient_margin,
        log_patient_revenue,
        case
            when report_days < 300 then 'shorter than 300 days'
            when middle_year > 2021 then 'year not whole in these files'
        end as left_out_because,
        count(*) over (partition by unit_id, middle_year) as reports_that_year,
        row_number() over (
            partition by unit_id, middle_year
            order by report_days desc, begins_on desc, report_id::bigint desc
        ) as place
    from dated
)

select
    unit_id,
    period,
    case when left_out_because is null then total_margin end as total_margin,
    case when left_out_because is null then patient_margin end as patient_margin,
    case when left_out_because is null then log_patient_revenue end as log_patient_revenue,
    case when left_out_because is null then staff_per_occupied_bed end as staff_per_occupied_bed,
    begins_on as report_begins_on,
    ends_on as report_ends_on,
    report_days,
    reports_that_year,
    left_out_because
from judged
where place = 1
order by unit_id, period
