-- Security definer: customers write only through here, where the sender and the limits are ours.
create or replace function private.add_customer_message(
  p_conversation_id uuid,
  p_content text,
  p_message_id uuid default null,
  p_media jsonb default '[]'
)
returns public.messages
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_message_id uuid := coalesce(p_message_id, gen_random_uuid());
  v_media jsonb;
  v_message public.messages;
begin
  perform private.lock_conversation(p_conversation_id);
  v_message := private.message_of_client(p_conversation_id, p_message_id);
  if v_message.id is not null then
    return v_message;
  end if;

  perform private.require_visitor(private.channel_of(p_conversation_id));
  perform private.check_turn(p_conversation_id, null);
  perform private.require_newest(p_conversation_id);
  v_media := private.media_of(p_conversation_id, coalesce(p_media, '[]'));
  perform private.require_files(p_conversation_id, v_media);

  insert into public.messages (
    id, conversation_id, sender_type, sender_id, content, calls_for_answer, message_type,
    media_url, metadata
  )
  select
    v_message_id, conversations.id, 'customer', conversations.customer_id,
    coalesce(p_content, ''), true, coalesce(v_media #>> '{0,kind}', 'text'),
    v_media #>> '{0,path}',
    case when v_media = '[]' then '{}' else jsonb_build_object('media', v_media) end
  from public.conversations
  where conversations.id = p_conversation_id;

  select messages.* into v_message
  from public.messages
  where messages.id = v_message_id;
  perform private.touch_visitor(p_conversation_id);
  return v_message;
end;
$$;

comment on function private.add_customer_message is
'Adds what a customer says, or returns what they said under this id before; visitors only in their
own conversation (PT404), from a page and as somebody the widget takes (PT403, PT401), not too fast
(PT429), with files that are there (PT400, PT404); nobody in one that has ended and has a successor
(PT409).';
revoke all on function private.add_customer_message from public;
grant execute on function private.add_customer_message to authenticated, service_role;
