create or replace function private.refuse_unless(p_holds boolean, p_message text, p_hint text)
returns void
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  if not p_holds then
    raise exception using errcode = 'PT400', message = p_message, hint = p_hint;
  end if;
end;
$$;

comment on function private.refuse_unless is
'Refuses with PT400 what does not hold; null, as of a field that says nothing, passes.';
revoke all on function private.refuse_unless from public;
grant execute on function private.refuse_unless to authenticated, service_role;
