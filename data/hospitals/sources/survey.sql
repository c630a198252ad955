-- survey: the patient survey of each hospital in its two calendar years, as the text CMS published.
-- grain: unit_id, period
--
-- One row a hospital becomes two: the baseline rates are of calendar 2019, the performance rates of
-- calendar 2022 (Measure_Dates.csv of the release: HCAHPS_HVBP_Baseline, HCAHPS_HVBP_Performance).
-- Each share is of patients who gave the most favourable answer; `77.4970%` and `Not Available` are
-- left for staging to read, so that what it cannot read is reported.

with published as (
    from read_csv('raw/hvbp_person_and_community_engagement.csv.gz', all_varchar = true)
),

hospital_years as (
    select
        "Facility ID" as unit_id,
        '2019' as period,
        "Overall Rating Of Hospital Baseline Rate" as overall_rating_share,
        "Communication With Nurses Baseline Rate" as nurse_communication_share,
        "Communication With Doctors Baseline Rate" as doctor_communication_share,
        "Responsiveness Of Hospital Staff Baseline Rate" as responsiveness_share,
        "Care Transition Baseline Rate" as care_transition_share,
        "Communication About Medicines Baseline Rate" as medicine_communication_share,
        "Cleanliness And Quietness Of Hospital Environment Baseline Rate" as clean_quiet_share,
        "Discharge Information Baseline Rate" as discharge_information_share
    from published
    union all
    select
        "Facility ID" as unit_id,
        '2022' as period,
        "Overall Rating Of Hospital Performance Rate" as overall_rating_share,
        "Communication With Nurses Performance Rate" as nurse_communication_share,
        "Communication With Doctors Performance Rate" as doctor_communication_share,
        "Responsiveness Of Hospital Staff Performance Rate" as responsiveness_share,
        "Care Transition Performance Rate" as care_transition_share,
        "Communication About Medicines Performance Rate" as medicine_communication_share,
        "Cleanliness And Quietness Of Hospital Environment Performance Rate" as clean_quiet_share,
        "Discharge Information Performance Rate" as discharge_information_share
    from published
)

select
    unit_id,
    period,
    overall_rating_share,
    nurse_communication_share,
    doctor_communication_share,
    responsiveness_share,
    care_transition_share,
    medicine_communication_share,
    clean_quiet_share,
    discharge_information_share
from hospital_years
order by unit_id, period
