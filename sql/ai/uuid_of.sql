create or replace function private.uuid_of(p_text text)
returns uuid
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return case
    when p_text ~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
      then p_text::uuid
  end;
end;
$$;

comment on function private.uuid_of is
'A text as an id, null where it is none: for what a worker or a model says.';
revoke all on function private.uuid_of from public;
grant execute on function private.uuid_of to authenticated, service_role;
