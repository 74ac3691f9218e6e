create or replace function private.probe_delay(p_probes integer)
returns interval
language sql
immutable
security invoker
set search_path = ''
as $$
  select (array['30 seconds', '1 minute', '2 minutes', '5 minutes'])[least(p_probes, 4)]::interval;
$$;

comment on function private.probe_delay is
'How long after the n-th refusal of our account one message tries again (R76).';
revoke all on function private.probe_delay from public;
grant execute on function private.probe_delay to service_role;
