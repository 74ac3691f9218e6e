create or replace function private.gates_at(p_max_wrong_rate double precision)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_object_agg(learned_gates.fit, learned_gates.gate), '{}')
    from public.learned_gates
    where learned_gates.max_wrong_rate = p_max_wrong_rate and learned_gates.gate is not null
  );
end;
$$;

comment on function private.gates_at is
'What was learned here of the built-in answerer''s confidence, for this share of wrong answers:
{fit: gate}.';
revoke all on function private.gates_at from public;
grant execute on function private.gates_at to authenticated, service_role;
