-- What labels of its own answers found holds for a business better than what picks teach.
create or replace function private.gates_of(p_setting jsonb)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return private.gates_at((p_setting ->> 'max_wrong_rate')::double precision) || (
    select coalesce(jsonb_object_agg(tuned.key, tuned.value -> 'threshold'), '{}')
    from jsonb_each(p_setting -> 'tuned') as tuned
    where tuned.value ->> 'threshold' is not null
  );
end;
$$;

comment on function private.gates_of is
'The confidence that answers need by what was learned here, {answerer: gate}: what labels found,
else what customers'' picks taught of a fit. Who is missing here is held to what is set, and a fit
to what others taught.';
revoke all on function private.gates_of from public;
grant execute on function private.gates_of to service_role;
