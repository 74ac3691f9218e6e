create or replace function private.threshold_of(p_setting jsonb, p_answerer text)
returns double precision
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return greatest(
    (p_setting ->> 'confidence_threshold')::double precision,
    (p_setting #>> array['tuned', p_answerer, 'threshold'])::double precision
  );
end;
$$;

comment on function private.threshold_of is
'The gate that holds: the higher of the one that was set (R50) and the one that labels of this
answerer found; those of others say nothing of it.';
revoke all on function private.threshold_of from public;
grant execute on function private.threshold_of to service_role;
