-- Heard as messages come in, whoever answers them, the AI, people or nobody: consent is a matter of
-- law, and no worker has to live for it. A mail that unsubscribes may say so in its subject alone.
create or replace function private.hear_wishes(p_messages public.messages[])
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_heard record;
begin
  for v_heard in
    select conversations.customer_id, conversations.channel_id, said.wish
    from unnest(p_messages) as messages
    cross join lateral (
      select private.wish_of(
        coalesce(nullif(messages.content, ''), messages.metadata ->> 'subject')
      ) ->> 'wish' as wish
    ) as said
    join public.conversations on conversations.id = messages.conversation_id
    where messages.sender_type = 'customer' and messages.calls_for_answer and said.wish is not null
    order by messages.conversation_id, messages.seq
  loop
    if v_heard.wish = 'opt_out' then
      perform private.opt_out(v_heard.customer_id, v_heard.channel_id);
    else
      perform private.opt_in(v_heard.customer_id, v_heard.channel_id);
    end if;
  end loop;
end;
$$;

comment on function private.hear_wishes is
'Takes consent back, or gives it back, where a customer''s message says nothing but STOP or START.';
revoke all on function private.hear_wishes from public;
grant execute on function private.hear_wishes to service_role;
