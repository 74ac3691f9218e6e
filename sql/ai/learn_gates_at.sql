-- In one order, as upkeep and an admin who tries a share may learn at once.
create or replace function private.learn_gates_at(p_rates double precision[])
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_count integer;
begin
  insert into public.learned_gates (fit, max_wrong_rate, gate, labels, bias, slope)
  select fits.fit, rates.rate, learned.gate, learned.labels, learned.bias, learned.slope
  from private.picked_fits() as fits (fit)
  cross join (select distinct rate from unnest(p_rates) as given (rate)) as rates
  left join public.learned_gates as known
    on known.fit = fits.fit and known.max_wrong_rate = rates.rate
  cross join lateral private.learned_gate(fits.fit, rates.rate) as learned
  where rates.rate < 1
    and (known.fit is null or known.learned_at < clock_timestamp() - interval '1 hour')
  order by fits.fit, rates.rate
  on conflict (fit, max_wrong_rate) do update
    set
      gate = excluded.gate,
      labels = excluded.labels,
      bias = excluded.bias,
      slope = excluded.slope,
      learned_at = clock_timestamp();
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;

comment on function private.learn_gates_at is
'Looks what customers'' picks, and other labels, say of every fit''s confidence at these shares of
wrong answers, where nobody has looked for an hour; returns of how many.';
revoke all on function private.learn_gates_at from public;
grant execute on function private.learn_gates_at to service_role;
