-- A visitor is who their token says; what they type in is kept, unverified, for agents to see.
create or replace function private.identities_of(p_identifier text, p_channel text)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select case
    when private.actor_role() = 'visitor' then jsonb_build_array(
      jsonb_build_object('kind', 'visitor', 'value', (select auth.uid()))
    )
    when p_channel = 'whatsapp' then jsonb_build_array(
      jsonb_build_object('kind', 'phone', 'value', regexp_replace(p_identifier, '[^0-9]', '', 'g'))
    )
    when p_identifier like '%_@_%' then jsonb_build_array(
      jsonb_build_object('kind', 'email', 'value', lower(btrim(p_identifier)))
    )
    else jsonb_build_array(
      jsonb_build_object('kind', 'external', 'value', btrim(p_identifier))
    )
  end;
$$;

comment on function private.identities_of is
'What an identifier (e-mail, phone, id) means on a channel, as [{kind, value}].';
revoke all on function private.identities_of from public;
grant execute on function private.identities_of to authenticated, service_role;
