-- Security definer: agents may not write consent but through here, where a source is asked for and
-- the log is kept.
create or replace function private.note_consent(p_identity_id uuid, p_source text)
returns void
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  perform private.require_agent();
  update public.customer_identities
  set
    consented_at = case
      when p_source is null then customer_identities.consented_at else clock_timestamp()
    end,
    consent_source = coalesce(left(p_source, 200), customer_identities.consent_source),
    revoked_at = case when p_source is null then clock_timestamp() end
  where customer_identities.id = p_identity_id;

  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('identity %s not found', p_identity_id);
  end if;
  perform private.audit(
    case when p_source is null then 'revoke_consent' else 'record_consent' end,
    'customer_identity', p_identity_id::text
  );
end;
$$;

comment on function private.note_consent is
'Notes that a customer agreed to be written to at an identity (p_source says how), or (null) no
longer does. PT403, PT404.';
revoke all on function private.note_consent from public;
grant execute on function private.note_consent to authenticated, service_role;
