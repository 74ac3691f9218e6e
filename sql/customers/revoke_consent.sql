create or replace function public.revoke_consent(p_identity_id uuid)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.require_agent();
  perform private.note_consent(p_identity_id, null);
end;
$$;

comment on function public.revoke_consent is
'The customer is no longer to be written to at this identity in place of another (R73). PT403,
PT404.';
revoke all on function public.revoke_consent from public, anon, authenticated, service_role;
grant execute on function public.revoke_consent to authenticated, service_role;
