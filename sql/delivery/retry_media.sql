create or replace function private.retry_media(p_file_id bigint)
returns text
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update private.media_files
  set state = 'pending', failures = 0, next_attempt_at = clock_timestamp(), error = null
  where media_files.id = p_file_id and media_files.state = 'failed';

  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('no failed file %s', p_file_id);
  end if;
  perform private.broadcast(array['worker'], array['media'], array['{}'::jsonb]);
  return 'pending';
end;
$$;

comment on function private.retry_media is
'Fetches a file again because a person said so. PT404.';
revoke all on function private.retry_media from public;
grant execute on function private.retry_media to service_role;
