-- kpi_handle_time: how many contacts that ended in a period took how long.
-- needs: interactions.handle_minutes
-- grain: period, minutes
-- reads: event_contact
--
-- Few contacts take very long: the median beside the mean.

select
    period,
    handle_minutes as minutes,
    count(*) as contact_count
from event_contact
where handle_minutes >= 0 and period is not null
group by period, handle_minutes
order by period, handle_minutes
