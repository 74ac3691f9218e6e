create or replace function private.call_cost(
  p_model text,
  p_input double precision,
  p_cached double precision,
  p_output double precision
)
returns bigint
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_price public.model_prices;
begin
  select model_prices.* into v_price
  from public.model_prices
  where model_prices.model in (p_model, regexp_replace(p_model, '-\d{4}-?\d{2}-?\d{2}$', ''))
    and model_prices.valid_from <= statement_timestamp()
  order by length(model_prices.model) desc, model_prices.valid_from desc
  limit 1;

  if not found then
    return null;
  end if;
  return ceil((
    greatest(p_input - p_cached, 0) * v_price.input_microusd
    + least(p_cached, p_input) * coalesce(v_price.cached_microusd, v_price.input_microusd)
    + p_output * v_price.output_microusd
  ) / 1e6);
end;
$$;

comment on function private.call_cost is
'What a call costs now in millionths of a dollar, rounded up; null while nobody has said what the
model costs. A model with a date at its end costs what the model without it does, unless it has a
price of its own.';
revoke all on function private.call_cost from public;
grant execute on function private.call_cost to service_role;

create trigger audit_model_prices after insert or update or delete on public.model_prices
for each row execute function private.audit_change();
