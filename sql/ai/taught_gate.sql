create or replace function private.taught_gate(p_fit text, p_max_wrong_rate double precision)
returns double precision
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return coalesce(
    (private.gates_at(p_max_wrong_rate) ->> p_fit)::double precision,
    (
      select shipped.gate from private.shipped_gates(p_max_wrong_rate) as shipped
      where shipped.fit = p_fit
    )
  );
end;
$$;

comment on function private.taught_gate is
'The confidence that answers of a fit need without labels: what customers'' picks taught, else what
other businesses did; null for a language model, of which nobody taught anything.';
revoke all on function private.taught_gate from public;
grant execute on function private.taught_gate to authenticated, service_role;
