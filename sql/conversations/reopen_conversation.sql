create or replace function public.reopen_conversation(p_conversation_id uuid)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.require_agent();
  perform private.require_conversation(p_conversation_id);
  if exists (
    select 1
    from public.conversations
    join public.conversations as newer
      on newer.customer_id = conversations.customer_id
      and newer.channel_id = conversations.channel_id
      and newer.status <> 'resolved'
    where conversations.id = p_conversation_id and newer.id <> conversations.id
  ) then
    raise exception using
      errcode = 'PT409',
      message = format('conversation %s has a newer open one', p_conversation_id),
      hint = 'go on in the open conversation of this customer';
  end if;

  update public.conversations
  set status = 'open', resolved_at = null
  where conversations.id = p_conversation_id and conversations.status = 'resolved';
  if found then
    perform private.note_event(p_conversation_id, 'reopened');
  end if;
end;
$$;

comment on function public.reopen_conversation is
'Opens a resolved conversation again. PT403, PT404; PT409 when the customer has a newer one.';
revoke all on function public.reopen_conversation from public, anon, authenticated, service_role;
grant execute on function public.reopen_conversation to authenticated, service_role;
