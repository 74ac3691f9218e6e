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
    'threshold', p_setting -> 'confidence_threshold',
    'max_wrong_rate', p_setting -> 'max_wrong_rate',
    'gates', private.gates_of(p_setting),
    'instructions', private.told_to_model(p_setting)
  );
end;
$$;

comment on function private.held_to is
'What a setting says to a worker: {mode, threshold: as it is set, max_wrong_rate, gates: learned
here, by answerer, instructions}.';
revoke all on function private.held_to from public;
grant execute on function private.held_to to service_role;
