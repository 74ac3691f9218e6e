create or replace function private.note_sender(p_channel_id uuid, p_item jsonb)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if private.is_doubtful(p_item) then
    return;
  end if;
  perform private.clear_unreachable_of(p_channel_id, p_item -> 'identities');

  update public.customer_identities
  set is_verified = true
  from jsonb_array_elements(p_item -> 'identities') as named (item)
  where p_item #>> '{metadata,authentication,trusted}' = 'true'
    and customer_identities.channel_id = p_channel_id
    and customer_identities.kind = named.item ->> 'kind'
    and customer_identities.value = named.item ->> 'value'
    and not customer_identities.is_verified;
end;
$$;

comment on function private.note_sender is
'Who writes a mail that is not doubtful can be reached at its address again, which is verified once
a mail of theirs was proven.';
revoke all on function private.note_sender from public;
grant execute on function private.note_sender to service_role;
