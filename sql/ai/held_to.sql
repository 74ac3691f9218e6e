create or replace function private.held_to(p_setting jsonb)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'mode', p_setting -> 'mode',
    'threshold', private.threshold_of(p_setting),
    'max_wrong_rate', private.wrong_rate_of(p_setting),
    'gates', private.gates_at(private.wrong_rate_of(p_setting)),
    'instructions', private.told_to_model(p_setting)
  );
end;
$$;

comment on function private.held_to is
'What a setting says to a worker: {mode, threshold, max_wrong_rate, gates: learned
here, by fit of the built-in answerer, instructions}.';
revoke all on function private.held_to from public;
grant execute on function private.held_to to service_role;
