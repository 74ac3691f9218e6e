create or replace function private.require_newest(p_conversation_id uuid)
returns void
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  if exists (
    select 1
    from public.conversations
    join public.conversations as newer
      on newer.customer_id = conversations.customer_id
      and newer.channel_id = conversations.channel_id
      and newer.thread = conversations.thread
      and newer.status <> 'resolved'
    where conversations.id = p_conversation_id
      and conversations.status = 'resolved'
      and newer.id <> conversations.id
  ) then
    raise exception using
      errcode = 'PT409',
      message = format('conversation %s has a newer open one', p_conversation_id),
      hint = 'go on in the open conversation of this customer';
  end if;
end;
$$;

comment on function private.require_newest is
'Raises PT409 for a conversation that has ended and whose customer has opened another since.';
revoke all on function private.require_newest from public;
grant execute on function private.require_newest to authenticated, service_role;
