create or replace function private.clear_unreachable_of(p_channel_id uuid, p_identities jsonb)
returns void
language sql
volatile
security invoker
set search_path = ''
as $$
  update public.customer_identities
  set unreachable_since = null
  from jsonb_array_elements(p_identities) as named (item)
  where customer_identities.channel_id = p_channel_id
    and customer_identities.kind = named.item ->> 'kind'
    and customer_identities.value = named.item ->> 'value'
    and customer_identities.unreachable_since is not null;
$$;

comment on function private.clear_unreachable_of is
'Who writes from an address can be reached there again: [{kind, value}].';
revoke all on function private.clear_unreachable_of from public;
grant execute on function private.clear_unreachable_of to service_role;
