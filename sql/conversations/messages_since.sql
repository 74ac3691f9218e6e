-- Volatile, as a visitor who reads is there: answers need not follow them by e-mail.
create or replace function public.messages_since(
  p_conversation_id uuid,
  p_seq integer default 0,
  p_limit integer default 500
)
returns setof jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_visitor boolean := private.actor_role() = 'visitor';
begin
  perform private.touch_visitor(p_conversation_id);
  return query
  select case when v_visitor then private.customer_view(messages) else to_jsonb(messages) end
  from public.messages
  where messages.conversation_id = p_conversation_id and messages.seq > p_seq
  order by messages.seq
  limit least(greatest(p_limit, 1), 1000);
end;
$$;

comment on function public.messages_since is
'The messages of a conversation after a seq, oldest first: what Realtime may have missed (U9).
Customers see their own conversation, without private notes.';
revoke all on function public.messages_since from public, anon, authenticated, service_role;
grant execute on function public.messages_since to authenticated, service_role;
