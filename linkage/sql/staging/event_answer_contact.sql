-- event_answer_contact: the contact each answer is about.
-- needs: feedback, interactions
-- grain: response_id
-- reads: stg_feedback, stg_identities, event_contact
--
{%- if 'interaction_id' in present.feedback %}
-- The contact is the one the answer names.

select
    feedback.response_id,
    feedback.interaction_id,
    contacts.customer_id,
    contacts.employee_id,
    contacts.unit_id
from stg_feedback as feedback
left join event_contact as contacts on contacts.interaction_id = feedback.interaction_id
where feedback.interaction_id is not null
order by feedback.response_id
{%- else %}
-- The answers name no contact: each is given the customer's last contact of the
-- {{ windows.before }} days before it, if there was one.

select
    feedback.response_id,
    contacts.interaction_id,
    contacts.customer_id,
    contacts.employee_id,
    contacts.unit_id
from stg_feedback as feedback
left join stg_identities as identities on identities.alias_id = feedback.customer_id
inner join event_contact as contacts
    on contacts.customer_id = coalesce(identities.customer_id, feedback.customer_id)
    and contacts.ended_at <= feedback.answered_at
    and contacts.ended_at > feedback.answered_at - interval {{ windows.before }} days
qualify
    row_number() over (
        partition by feedback.response_id
        order by contacts.ended_at desc, contacts.interaction_id
    ) = 1
order by feedback.response_id
{%- endif %}
