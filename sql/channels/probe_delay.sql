create or replace function private.probe_delay(p_probes integer, p_refusals integer default 0)
returns interval
language sql
immutable
security invoker
set search_path = ''
as $$
  select greatest(
    (array['30 seconds', '1 minute', '2 minutes', '5 minutes'])[least(p_probes, 4)]::interval,
    case
      when p_refusals > 0
        then least(interval '5 minutes' * 2 ^ (least(p_refusals, 5) - 1), interval '1 hour')
    end
  );
$$;

comment on function private.probe_delay is
'How long after the n-th refusal of our account one message tries again (R76): from half a minute to
five, where the platform refused what it had taken from five to sixty.';
revoke all on function private.probe_delay from public;
grant execute on function private.probe_delay to service_role;
