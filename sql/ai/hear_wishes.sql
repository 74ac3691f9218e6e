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
    select messages, conversations, said.wish, lead(messages.id) over spoken is null as is_last
    from unnest(p_messages) as messages
    join public.conversations on conversations.id = messages.conversation_id
    cross join lateral private.wish_of(
      coalesce(nullif(messages.content, ''), messages.metadata ->> 'subject')
    ) as said (wish)
    where messages.sender_type = 'customer' and messages.calls_for_answer and said.wish is not null
    window spoken as (partition by messages.conversation_id order by messages.seq)
    order by messages.conversation_id, messages.seq
  loop
    if v_heard.wish ->> 'wish' = 'opt_out' then
      perform private.opt_out(
        (v_heard.conversations).customer_id, (v_heard.conversations).channel_id
      );
    else
      perform private.opt_in(
        (v_heard.conversations).customer_id, (v_heard.conversations).channel_id
      );
    end if;
    if v_heard.is_last and (v_heard.conversations).ai_mode = 'human' then
      perform private.confirm_wish(v_heard.messages, v_heard.conversations);
    end if;
  end loop;
end;
$$;

comment on function private.hear_wishes is
'Takes consent back, or gives it back, where a customer''s message says nothing but STOP or START;
says so where people have the conversation. Where the AI has it, that is its answer.';
revoke all on function private.hear_wishes from public;
grant execute on function private.hear_wishes to service_role;
