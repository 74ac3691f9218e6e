-- The conversation is locked before the message, as everywhere.
create or replace function private.record_media(
  p_file_id bigint,
  p_worker text,
  p_attempt integer,
  p_result jsonb
)
returns text
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_file private.media_files;
begin
  perform 1
  from private.media_files
  join public.messages on messages.id = media_files.message_id
  join public.conversations on conversations.id = messages.conversation_id
  where media_files.id = p_file_id
  for no key update of conversations;

  select media_files.* into v_file
  from private.media_files
  where media_files.id = p_file_id
  for no key update;

  if not found
    or v_file.state <> 'pending'
    or v_file.worker is distinct from p_worker
    or v_file.attempts <> p_attempt then
    return 'fenced';
  elsif p_result ->> 'result' = 'stored' then
    return private.store_media(v_file, p_result);
  end if;
  return private.record_media_failure(v_file, p_result);
end;
$$;

comment on function private.record_media is
'What became of a file: {result: stored|retry|failed, path, mime_type, size, filename, code, error,
retry_after_s, account_blocked}; returns its new state, or fenced for a lost claim or a message that
was taken back: what was uploaded then has to go.';
revoke all on function private.record_media from public;
grant execute on function private.record_media to service_role;
