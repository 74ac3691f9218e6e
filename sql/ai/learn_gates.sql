create or replace function private.learn_gates()
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  return private.learn_gates_at(
    (select array_agg(scopes.rate) from private.tuned_scopes() as scopes)
  );
end;
$$;

comment on function private.learn_gates is
'Looks hourly, and where another share of wrong answers is accepted at once, what customers'' picks
say of every fit''s confidence; returns of how many.';
revoke all on function private.learn_gates from public;
grant execute on function private.learn_gates to service_role;
