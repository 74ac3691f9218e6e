create or replace function private.gate_setting(
  p_setting jsonb,
  p_reply jsonb,
  p_rule public.hand_over_rules
)
returns jsonb
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return jsonb_strip_nulls(jsonb_build_object(
    'mode', p_setting -> 'mode',
    'confidence_threshold', p_setting -> 'confidence_threshold',
    'tuned_threshold', p_setting #> array[
      'tuned', private.answerer_of(p_reply ->> 'fit', p_reply ->> 'model'), 'threshold'
    ],
    'max_wrong_rate', p_setting -> 'max_wrong_rate',
    'needed', private.number_of(p_reply -> 'needed'),
    'gate', left(p_reply ->> 'gate', 20),
    'rule', p_rule.name
  ));
end;
$$;

comment on function private.gate_setting is
'What a run keeps of the settings that decided it, what labels found of who answered, the confidence
that the model itself asked for, who taught it, and the name of the rule, which may be gone when
somebody asks.';
revoke all on function private.gate_setting from public;
grant execute on function private.gate_setting to service_role;
