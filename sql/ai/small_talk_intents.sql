create or replace function private.small_talk_intents()
returns text[]
language sql
immutable
security invoker
set search_path = ''
as $$
  select array['greeting', 'thanks', 'introduction', 'opt_out', 'opt_in', 'no_words'];
$$;

comment on function private.small_talk_intents is
'What the worker''s own words answer to: a greeting, thanks or an "ok", who asks whether we are a
machine, STOP, START, a message without words.';
revoke all on function private.small_talk_intents from public;
grant execute on function private.small_talk_intents to authenticated, service_role;
