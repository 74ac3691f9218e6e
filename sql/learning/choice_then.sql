create or replace function private.choice_then(p_choice jsonb, p_moment timestamptz)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  if p_choice -> 'passage' is null or p_choice -> 'passage' = 'null' then
    return p_choice;
  end if;
  return p_choice || jsonb_build_object(
    'passage',
    private.knowledge_then(jsonb_build_array(p_choice -> 'passage'), p_moment) -> 0
  );
end;
$$;

comment on function private.choice_then is
'What a turn answers to, as turn_choice says it, with the chosen article in the words of a moment;
without it where there was none yet.';
revoke all on function private.choice_then from public;
grant execute on function private.choice_then to service_role;
