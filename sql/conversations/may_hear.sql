create or replace function private.may_hear(p_topic text)
returns boolean
language sql
stable
security invoker
set search_path = ''
as $$
  select case
    when p_topic = 'inbox' then private.is_agent()
    when p_topic like 'conversation:%' then
      private.is_agent()
      or substr(p_topic, 14) in (
        select mine.id::text
        from private.my_conversations() as mine (id)
      )
    else false
  end;
$$;

comment on function private.may_hear is
'Whether the caller may join a Realtime topic: inbox for agents, conversation:<id> for its people.';
revoke all on function private.may_hear from public;
grant execute on function private.may_hear to authenticated, service_role;
