create or replace function private.ingest_mail_news(p_items private.inbound_item[], p_kinds jsonb)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if p_kinds ? 'mail' then
    perform private.queue_mail(p_items);
  end if;
  if p_kinds ? 'account_event' then
    perform private.note_complaints(p_items);
  end if;
end;
$$;

comment on function private.ingest_mail_news is
'What only e-mail brings: raw mails to be read, complaints about our own.';
revoke all on function private.ingest_mail_news from public;
grant execute on function private.ingest_mail_news to service_role;
