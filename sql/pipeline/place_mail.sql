-- What answers a chat is a conversation of its own, which notes that one; the AI would not know
-- what was said there, so people have it at once.
-- What a stranger writes never joins a customer's conversation, whatever they have got hold of; and
-- a mail that its sender's domain disowns proves nothing by what it refers to.
create or replace function private.place_mail(p_message private.inbound_message)
returns private.inbound_message
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_item jsonb := p_message.item;
  v_may_open boolean := v_item -> 'may_open' is distinct from 'false'
    and v_item #>> '{metadata,automatic}' is null;
  v_found uuid[] := private.threads_of(p_message.channel_id, v_item);
  v_own uuid := private.own_thread(v_found, p_message.customer_id, p_message.channel_id, v_item);
  v_continued uuid := private.continued_by(
    v_found, p_message.customer_id, p_message.channel_id, v_item
  );
begin
  p_message.item := private.with_thread(
    v_item, case when v_own is null then v_found end, v_continued
  );
  if v_own is null and not v_may_open then
    return p_message;
  end if;

  if v_own is null or p_message.has_new_names then
    p_message.customer_id := private.upsert_customer(
      p_message.channel_id, v_item -> 'identities', left(v_item ->> 'customer_name', 200),
      v_item ->> 'language', v_item @> '{"metadata": {"authentication": {"trusted": true}}}'
    );
  end if;
  p_message.conversation_id := coalesce(v_own, private.open_conversation(
    p_message.customer_id, p_message.channel_id, v_item ->> 'language',
    private.thread_root(p_message), v_item #>> '{thread,subject}'
  ));
  if v_own is null and v_continued is not null then
    perform private.hand_over_quietly(p_message.conversation_id, 'continues another conversation');
  end if;
  if v_may_open then
    perform private.note_sender(p_message.channel_id, v_item);
  end if;
  return p_message;
end;
$$;

comment on function private.place_mail is
'Completes a mail with its conversation: the one it answers where that is the sender''s own, else a
new one that notes which was claimed; null where it may not open one (R37).';
revoke all on function private.place_mail from public;
grant execute on function private.place_mail to service_role;
