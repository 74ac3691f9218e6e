create or replace function private.held_weight(
  p_terms tsvector,
  p_exact tsquery[],
  p_near tsquery[],
  p_weights double precision[]
)
returns double precision
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_held double precision := 0;
begin
  for v_place in 1 .. coalesce(cardinality(p_weights), 0) loop
    if p_terms @@ p_exact[v_place] then
      v_held := v_held + p_weights[v_place];
    elsif p_terms @@ p_near[v_place] then
      v_held := v_held + 0.5 * p_weights[v_place];
    end if;
  end loop;
  return v_held;
end;
$$;

comment on function private.held_weight is
'The weight of the sought terms that a piece holds; a relative of one counts for half of it.';
revoke all on function private.held_weight from public;
grant execute on function private.held_weight to authenticated, service_role;
