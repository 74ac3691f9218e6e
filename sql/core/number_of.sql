create or replace function private.number_of(p_value jsonb)
returns double precision
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return case
    when jsonb_typeof(p_value) = 'number' and abs((p_value #>> '{}')::numeric) < 2e9
      then (p_value #>> '{}')::double precision
  end;
end;
$$;

comment on function private.number_of is
'A json number that fits an integer column; null for anything else.';
revoke all on function private.number_of from public;
grant execute on function private.number_of to authenticated, service_role;
