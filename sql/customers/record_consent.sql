create or replace function public.record_consent(p_identity_id uuid, p_source text)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.require_agent();
  if length(btrim(coalesce(p_source, ''))) = 0 then
    raise exception using
      errcode = 'PT400',
      message = 'consent needs a source',
      hint = 'say how the customer agreed';
  end if;
  perform private.note_consent(p_identity_id, btrim(p_source));
end;
$$;

comment on function public.record_consent is
'Keeps that, and how, a customer agreed to be written to at this identity (R73). PT400, PT403,
PT404.';
revoke all on function public.record_consent from public, anon, authenticated, service_role;
grant execute on function public.record_consent to authenticated, service_role;
