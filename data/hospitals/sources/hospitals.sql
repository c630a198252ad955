-- hospitals: what each hospital of the general information is: where, whose, how large.
-- grain: unit_id
--
-- Size and place come from the hospital's first cost report (most often fiscal year 2017), before any
-- driver or outcome of the study. Later reports are no better: more and more hospitals in towns are
-- `rural` in them, because Medicare lets them be reclassified. A hospital that files no report, such as
-- one of the Veterans Health Administration, keeps nulls there.

with listed as (
    select
        "Facility ID" as unit_id,
        "Facility Name" as hospital,
        "Hospital Type" as kind,
        "State" as state,
        "Hospital Ownership" as owner,
        "Emergency Services" as has_emergency,
        "Hospital overall rating" as stars
    from read_csv('raw/Hospital_General_Information.csv.gz', all_varchar = true)
),

reports as (
    select
        lpad("Provider CCN", 6, '0') as unit_id,
        "Number of Beds"::double as beds,
        "Rural Versus Urban" as place,
        row_number() over (
            partition by "Provider CCN"
            order by strptime("Fiscal Year Begin Date", '%m/%d/%Y'), rpt_rec_num::bigint
        ) as report_number
    from read_csv('raw/CostReport_*_Final.csv.gz', all_varchar = true)
    where "Number of Beds" is not null
)

select
    listed.unit_id,
    listed.hospital,
    listed.kind,
    listed.state,
    -- The Census Bureau's regions.
    case
        when listed.state in ('CT', 'ME', 'MA', 'NH', 'RI', 'VT', 'NJ', 'NY', 'PA') then 'Northeast'
        when listed.state in ('IL', 'IN', 'MI', 'OH', 'WI', 'IA', 'KS', 'MN', 'MO', 'NE', 'ND', 'SD')
            then 'Midwest'
        when listed.state in (
            'DE', 'DC', 'FL', 'GA', 'MD', 'NC', 'SC', 'VA', 'WV',
            'AL', 'KY', 'MS', 'TN', 'AR', 'LA', 'OK', 'TX'
        ) then 'South'
        when listed.state in (
            'AZ', 'CO', 'ID', 'MT', 'NV', 'NM', 'UT', 'WY', 'AK', 'CA', 'HI', 'OR', 'WA'
        ) then 'West'
        else 'Territories'
    end as region,
    listed.owner,
    case
        when listed.owner like 'Voluntary non-profit%' then 'Non-profit'
        when listed.owner in ('Proprietary', 'Physician') then 'For profit'
        when listed.owner <> 'Not Available' then 'Government or tribal'
    end as ownership,
    listed.has_emergency,
    listed.stars,
    ln(nullif(reports.beds, 0)) as log_beds,
    case reports.place when 'R' then 1 when 'U' then 0 end as is_rural
from listed
left join reports on reports.unit_id = listed.unit_id and reports.report_number = 1
order by listed.unit_id
