create or replace function private.kept_mail(p_inbound_id bigint)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select jsonb_build_object(
    'headers', inbound_events.headers, 'size', length(inbound_events.body)
  )
  from private.inbound_events
  where inbound_events.id = p_inbound_id;
$$;

comment on function private.kept_mail is
'How a kept mail came and how many bytes it has (mail_bytes gives them), for a part of it to be
taken out; null once its retention is over.';
revoke all on function private.kept_mail from public;
grant execute on function private.kept_mail to service_role;
