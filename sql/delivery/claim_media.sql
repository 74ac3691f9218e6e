create or replace function private.claim_media(
  p_worker text,
  p_channel_types text[],
  p_limit integer,
  p_accounts text[] default null
)
returns setof jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_channel_ids uuid[] := private.channels_of(p_channel_types, p_accounts);
begin
  return query
  with due as materialized (
    select media_files.id
    from private.media_files
    where media_files.state = 'pending'
      and media_files.next_attempt_at <= statement_timestamp()
      and media_files.channel_id = any (v_channel_ids)
    order by media_files.next_attempt_at
    limit p_limit
    for no key update skip locked
  ),

  claimed as (
    update private.media_files
    set
      worker = p_worker, attempts = media_files.attempts + 1,
      next_attempt_at = clock_timestamp() + interval '3 minutes'
    from due
    where media_files.id = due.id
    returning media_files.*
  )

  select private.media_to_fetch(claimed)
  from claimed;
end;
$$;

comment on function private.claim_media is
'Leases due files of these channel types (and accounts, unless null) to a worker for three minutes:
{file_id, attempt, message_id, inbound_id, conversation_id, channel_type, account, place, media}.';
revoke all on function private.claim_media from public;
grant execute on function private.claim_media to service_role;
