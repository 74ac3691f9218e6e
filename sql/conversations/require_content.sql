create or replace function private.require_content(
  p_content text,
  p_required boolean default true
)
returns void
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  if (p_required and coalesce(p_content, '') !~ '\S') or length(p_content) > 20000 then
    raise exception using
      errcode = 'PT400',
      message = 'a message has 1 to 20000 characters';
  end if;
end;
$$;

comment on function private.require_content is
'Raises PT400 unless there is something to say, and not too much of it; a message with files needs
no words.';
revoke all on function private.require_content from public;
grant execute on function private.require_content to authenticated, service_role;
