-- Security definer: policies on files must not depend on those on messages.
create or replace function private.may_see_file(p_name text)
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_parts text[] := string_to_array(p_name, '/');
begin
  if private.is_agent() then
    return true;
  elsif coalesce(v_parts[1], '') not in (
    select mine.id::text
    from private.my_conversations() as mine (id)
  ) then
    return false;
  end if;

  return v_parts[2] = 'visitor' or exists (
    select 1
    from public.messages
    where messages.conversation_id = v_parts[1]::uuid
      and not messages.is_private
      and messages.deleted_at is null
      and messages.metadata -> 'media' @> jsonb_build_array(jsonb_build_object('path', p_name))
  );
end;
$$;

comment on function private.may_see_file is
'Whether the caller may see a file of the bucket media: agents all, a visitor what they have
uploaded and what was sent to them; not what an agent has only added to a note.';
revoke all on function private.may_see_file from public;
grant execute on function private.may_see_file to authenticated, service_role;
