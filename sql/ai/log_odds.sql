create or replace function private.log_odds(p_probability double precision)
returns double precision
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return ln(
    greatest(least(p_probability, 0.9999), 0.0001)
    / (1 - greatest(least(p_probability, 0.9999), 0.0001))
  );
end;
$$;

comment on function private.log_odds is
'The log odds of a probability; certainty is cut to four digits.';
revoke all on function private.log_odds from public;
grant execute on function private.log_odds to service_role;
