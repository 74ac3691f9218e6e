create or replace function private.debounce()
returns interval
language sql
immutable
security invoker
set search_path = ''
as $$
  select interval '700 milliseconds';
$$;

comment on function private.debounce is
'How long the AI waits for more messages of the same burst before it answers (R122).';
revoke all on function private.debounce from public;
grant execute on function private.debounce to service_role;
