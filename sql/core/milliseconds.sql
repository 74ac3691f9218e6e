create or replace function private.milliseconds(p_interval interval)
returns double precision
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return extract(epoch from p_interval)::double precision * 1000;
end;
$$;

comment on function private.milliseconds is 'An interval in milliseconds.';
revoke all on function private.milliseconds from public;
grant execute on function private.milliseconds to authenticated, service_role;
