create or replace function private.record_media_failure(
  p_file private.media_files,
  p_result jsonb
)
returns text
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_blocked boolean := coalesce(p_result -> 'account_blocked' = 'true', false);
  v_state text := case
    when v_blocked then 'pending'
    when p_result ->> 'result' = 'failed' or p_file.failures >= 4 then 'failed'
    else 'pending'
  end;
  v_reason text := left(concat_ws(' ', p_result ->> 'code', p_result ->> 'error'), 500);
begin
  update private.media_files
  set
    state = v_state, error = v_reason,
    failures = media_files.failures + (not v_blocked)::integer,
    next_attempt_at = clock_timestamp() + case
      when v_blocked then interval '5 minutes'
      when private.number_of(p_result -> 'retry_after_s') >= 0 then least(
        private.number_of(p_result -> 'retry_after_s') * interval '1 second', interval '1 hour'
      )
      else private.retry_delay(p_file.failures + 1)
    end
  where media_files.id = p_file.id;

  if v_state = 'failed' then
    update public.messages
    set
      metadata = jsonb_set(
        messages.metadata, array['media', p_file.place::text, 'error'], to_jsonb(v_reason)
      ),
      updated_at = clock_timestamp()
    where messages.id = p_file.message_id;
  end if;
  if v_blocked then
    perform private.block_channel(p_file.channel_id, p_result ->> 'error');
  end if;
  return v_state;
end;
$$;

comment on function private.record_media_failure is
'After a file that could not be had: again later, up to five times; then its message says why and it
is a dead letter (I9). A blocked account tries every five minutes.';
revoke all on function private.record_media_failure from public;
grant execute on function private.record_media_failure to service_role;
