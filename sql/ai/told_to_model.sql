create or replace function private.told_to_model(p_setting jsonb)
returns text
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return concat_ws(
    E'\n\n',
    nullif(p_setting ->> 'instructions', ''),
    'Tone: ' || nullif(p_setting ->> 'tone', ''),
    'Never: ' || nullif(p_setting ->> 'guardrails', '')
  );
end;
$$;

comment on function private.told_to_model is
'Instructions, tone and guardrails of a setting as one text for the model (R120).';
revoke all on function private.told_to_model from public;
grant execute on function private.told_to_model to service_role;
