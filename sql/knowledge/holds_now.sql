create or replace function private.holds_now(
  p_is_published boolean,
  p_valid_from timestamptz,
  p_valid_until timestamptz
)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return p_is_published
    and clock_timestamp() >= coalesce(p_valid_from, '-infinity')
    and clock_timestamp() < coalesce(p_valid_until, 'infinity');
end;
$$;

comment on function private.holds_now is
'Whether an article may be answered from at this moment.';
revoke all on function private.holds_now from public;
grant execute on function private.holds_now to authenticated, service_role;
