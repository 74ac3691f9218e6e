create or replace function private.lock_strangers(p_messages private.inbound_message[])
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform pg_advisory_xact_lock(keys.key)
  from (
    select distinct private.identity_key(messages.channel_id, named.item) as key
    from unnest(p_messages) as messages
    cross join lateral jsonb_array_elements(messages.item -> 'identities') as named (item)
    where (messages.conversation_id is null or messages.has_new_names) and not exists (
      select 1
      from public.customer_identities
      where customer_identities.channel_id = messages.channel_id
        and customer_identities.kind = named.item ->> 'kind'
        and customer_identities.value = named.item ->> 'value'
    )
    order by 1
  ) as keys;
end;
$$;

comment on function private.lock_strangers is
'Locks every identity of a batch that nobody has yet, in the order that lock_identities keeps.';
revoke all on function private.lock_strangers from public;
grant execute on function private.lock_strangers to service_role;
