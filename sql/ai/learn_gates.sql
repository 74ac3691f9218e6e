create or replace function private.learn_gates()
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_rates double precision[] := (
    select array_agg(scopes.rate) from private.tuned_scopes() as scopes
  );
begin
  -- What was tried has its gates for as long as a backtest is kept.
  delete from public.learned_gates
  where learned_gates.max_wrong_rate <> all (v_rates)
    and learned_gates.learned_at < clock_timestamp() - interval '30 days';
  return private.learn_gates_at(v_rates);
end;
$$;

comment on function private.learn_gates is
'Looks hourly, and where another share of wrong answers is accepted at once, what customers'' picks
say of every fit''s confidence, and forgets what was learned for a share that nobody accepts or has
tried for 30 days; returns of how many.';
revoke all on function private.learn_gates from public;
grant execute on function private.learn_gates to service_role;
