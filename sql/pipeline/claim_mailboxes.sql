create or replace function private.claim_mailboxes(p_worker text, p_accounts text[])
returns setof jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  insert into private.mailboxes (channel_id)
  select channel_ids.id
  from unnest(private.channels_of('{email}', p_accounts)) as channel_ids (id)
  on conflict (channel_id) do nothing;

  return query
  with free as materialized (
    select mailboxes.channel_id
    from private.mailboxes
    where mailboxes.channel_id = any (private.channels_of('{email}', p_accounts))
      and (
        mailboxes.worker is null
        or mailboxes.lease_until < statement_timestamp()
        or not private.worker_lives(mailboxes.worker)
      )
    order by mailboxes.channel_id
    for no key update skip locked
  ),

  claimed as (
    update private.mailboxes
    set worker = p_worker, lease_until = clock_timestamp() + interval '30 seconds'
    from free
    where mailboxes.channel_id = free.channel_id
    returning mailboxes.*
  )

  select jsonb_build_object('channel_id', claimed.channel_id, 'account', channels.account)
  from claimed
  join public.channels on channels.id = claimed.channel_id;
end;
$$;

comment on function private.claim_mailboxes is
'Leases those mailboxes to a worker for 30 s that no living worker reads: {channel_id, account}.';
revoke all on function private.claim_mailboxes from public;
grant execute on function private.claim_mailboxes to service_role;
