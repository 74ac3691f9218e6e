create or replace function private.seconds_of(p_value jsonb)
returns double precision
language sql
immutable
security invoker
set search_path = ''
as $$
  select case
    when jsonb_typeof(p_value) = 'number' and (p_value #>> '{}')::numeric between 0 and 1e11
      then (p_value #>> '{}')::double precision
  end;
$$;

comment on function private.seconds_of is
'A json number that is a moment in seconds since 1970; null for anything else.';
revoke all on function private.seconds_of from public;
grant execute on function private.seconds_of to service_role;
