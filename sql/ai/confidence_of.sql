-- Models say what they like: "high", 2, NaN. What is no number from 0 to 1 counts as no confidence.
create or replace function private.confidence_of(p_reply jsonb)
returns double precision
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_confidence double precision := private.number_of(p_reply -> 'confidence');
begin
  return case when v_confidence between 0 and 1 then v_confidence end;
end;
$$;

comment on function private.confidence_of is
'How sure a worker''s reply says it is, 0 to 1; null for anything else.';
revoke all on function private.confidence_of from public;
grant execute on function private.confidence_of to service_role;
