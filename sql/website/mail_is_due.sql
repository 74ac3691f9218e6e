create or replace function private.mail_is_due(
  p_conversation public.conversations,
  p_newest public.messages,
  p_email text
)
returns timestamptz
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_last_at timestamptz;
  v_count integer;
begin
  select max(deliveries.created_at) into v_last_at
  from private.deliveries
  where deliveries.conversation_id = p_conversation.id
    and deliveries.address is not null;

  select count(*) into v_count
  from (
    select 1
    from private.deliveries
    where private.mailbox_of(deliveries.address) = private.mailbox_of(p_email)
      and deliveries.address is not null
      and deliveries.created_at > statement_timestamp() - interval '1 day'
    limit 20
  ) as mails;

  return greatest(
    coalesce(p_conversation.visitor_seen_at, p_newest.created_at) + interval '10 minutes',
    p_newest.created_at + interval '1 minute',
    v_last_at + interval '15 minutes',
    case when v_count = 20 then clock_timestamp() + interval '1 hour' end
  );
end;
$$;

comment on function private.mail_is_due is
'When unread answers may follow a visitor by e-mail: ten minutes after they left, a minute after
the last of them, fifteen after the last mail, and no mailbox gets more than twenty in a day,
whoever gave it and whatever became of that since.';
revoke all on function private.mail_is_due from public;
grant execute on function private.mail_is_due to service_role;
