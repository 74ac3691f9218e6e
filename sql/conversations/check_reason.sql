create or replace function private.check_reason(p_reason text)
returns void
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  perform private.refuse_unless(
    p_reason ~ '^[a-z][a-z0-9_]{0,49}$', format('a reason of %s', left(p_reason, 60)),
    'a word of small letters, as press or legal_threat'
  );
end;
$$;

comment on function private.check_reason is
'Refuses what is no reason of a hand-over with PT400; null passes.';
revoke all on function private.check_reason from public;
grant execute on function private.check_reason to authenticated, service_role;
