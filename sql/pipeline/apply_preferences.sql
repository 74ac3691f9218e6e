-- A customer who wants no marketing has agreed to nothing that they have not asked for.
create or replace function private.apply_preferences(p_channel_id uuid, p_data jsonb)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update public.customer_identities
  set
    revoked_at = case when wishes.item ->> 'value' = 'stop' then clock_timestamp() end,
    preferred_at = wishes.said_at
  from (
    select
      found.item,
      coalesce(
        to_timestamp(private.number_of(found.item -> 'timestamp')), clock_timestamp()
      ) as said_at
    from jsonb_array_elements(
      case
        when jsonb_typeof(p_data -> 'user_preferences') = 'array' then p_data -> 'user_preferences'
        else '[]'
      end
    ) as found (item)
  ) as wishes
  where customer_identities.channel_id = p_channel_id
    and customer_identities.value in (wishes.item ->> 'wa_id', wishes.item ->> 'user_id')
    and wishes.item ->> 'value' in ('stop', 'resume')
    and wishes.said_at >= coalesce(customer_identities.preferred_at, '-infinity');
end;
$$;

comment on function private.apply_preferences is
'A customer has told the platform that they want no messages they did not ask for, or that they do
again: consent to be written to unasked goes or comes back.';
revoke all on function private.apply_preferences from public;
grant execute on function private.apply_preferences to service_role;
