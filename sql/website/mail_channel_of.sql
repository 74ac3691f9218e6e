create or replace function private.mail_channel_of(p_channel_id uuid)
returns uuid
language sql
stable
security invoker
set search_path = ''
as $$
  select mailboxes.id
  from public.channels
  join public.channels as mailboxes on mailboxes.type = 'email' and mailboxes.is_enabled
  where channels.id = p_channel_id
  order by
    mailboxes.id = channels.fallback_channel_id desc nulls last,
    mailboxes.created_at, mailboxes.id
  limit 1;
$$;

comment on function private.mail_channel_of is
'The mailbox that writes to the visitors of a widget: its fallback channel, else the first; or
null.';
revoke all on function private.mail_channel_of from public;
grant execute on function private.mail_channel_of to service_role;
