create or replace function private.file_is_kept(p_message_id uuid, p_path text)
returns boolean
language sql
stable
security invoker
set search_path = ''
as $$
  select exists (
    select 1
    from private.media_files
    where media_files.message_id = p_message_id
      and media_files.state <> 'failed'
      and (media_files.path = p_path or media_files.state = 'pending')
  );
$$;

comment on function private.file_is_kept is
'Whether a message still wants the file under a path, so that a worker that came too late may not
delete it.';
revoke all on function private.file_is_kept from public;
grant execute on function private.file_is_kept to service_role;
