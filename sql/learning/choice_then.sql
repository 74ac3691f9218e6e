create or replace function private.choice_then(p_choice jsonb, p_moment timestamptz)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return p_choice || jsonb_build_object(
    'passages', private.knowledge_then(p_choice -> 'passages', p_moment)
  );
end;
$$;

comment on function private.choice_then is
'What a turn answers to, as turn_choice says it, with the chosen articles in the words of a moment;
without those that there were not yet.';
revoke all on function private.choice_then from public;
grant execute on function private.choice_then to service_role;
