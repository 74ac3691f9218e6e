-- Security definer: a visitor may not write conversations.
-- A row that somebody holds is left alone: nobody who reads should wait for this.
create or replace function private.touch_visitor(p_conversation_id uuid)
returns void
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  if private.actor_role() <> 'visitor' or current_setting('transaction_read_only') = 'on' then
    return;
  end if;

  update public.conversations
  set visitor_seen_at = clock_timestamp()
  where conversations.id = (
    select due.id
    from public.conversations as due
    where due.id = p_conversation_id
      and due.id in (select private.my_conversations())
      and coalesce(due.visitor_seen_at < clock_timestamp() - interval '20 seconds', true)
    for no key update skip locked
  );
end;
$$;

comment on function private.touch_visitor is
'Notes that a visitor is looking at their conversation, at most every 20 seconds.';
revoke all on function private.touch_visitor from public;
grant execute on function private.touch_visitor to authenticated, service_role;
