create or replace function private.cost_of_run(p_run_id uuid)
returns bigint
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select case
      when bool_or(ai_calls.cost_microusd is null) then null
      else coalesce(sum(ai_calls.cost_microusd), 0)
    end
    from public.ai_calls
    where ai_calls.run_id = p_run_id
  );
end;
$$;

comment on function private.cost_of_run is
'What the calls of a run cost; 0 where none was made, null where one has no price.';
revoke all on function private.cost_of_run from public;
grant execute on function private.cost_of_run to authenticated, service_role;
