-- kpi_response_rate: how many invitations to a survey were answered within {{ kpi.answer_days }} days.
-- needs: invitations, feedback
-- grain: period
-- reads: stg_invitations, stg_identities, stg_feedback, periods
--
-- An invitation belongs to the period in which its {{ kpi.answer_days }} days are over: those just sent have not failed yet. An
-- answer counts once, for the last invitation before it; an answer that could not be read counts as
-- none. One customer's invitations are one cluster.

with asked as (
    select
        invitations.invitation_id,
        coalesce(identities.customer_id, invitations.customer_id, invitations.invitation_id) as customer,
        {{ period_of('invitations.invited_at + interval ' ~ kpi.answer_days ~ ' days') }} as period,
        invitations.invited_at,
        feedback.answered_at,
        row_number() over (
            partition by feedback.response_id
            order by
                case when invitations.invited_at <= feedback.answered_at then 0 else 1 end,
                invitations.invited_at desc,
                invitations.invitation_id
        ) as place
    from stg_invitations as invitations
    left join stg_identities as identities on identities.alias_id = invitations.customer_id
    left join stg_feedback as feedback on feedback.response_id = invitations.response_id
    where invitations.invited_at is not null
),

customer as (
    select
        customer,
        period,
        count(*) as invitation_count,
        count(*) filter (
            where place = 1
            and answered_at >= invited_at
            and answered_at <= invited_at + interval {{ kpi.answer_days }} days
        ) as answer_count
    from asked
    group by customer, period
)

select
    customer.period,
    count(*) as customer_count,
    {{ ratio_sums('answer', 'customer.answer_count', 'customer.invitation_count') }}
from customer
inner join periods on periods.period = customer.period
group by customer.period
order by customer.period
