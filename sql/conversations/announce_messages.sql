create or replace function private.announce_messages(p_messages public.messages[])
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.broadcast(
    array_agg(rings.topic order by rings.place),
    array_fill('message_created'::text, array[count(*)::integer]),
    array_agg(rings.payload order by rings.place)
  )
  from (
    select
      2 * row_number() over (order by messages.conversation_id, messages.seq) as place,
      'inbox' as topic,
      jsonb_build_object(
        'id', messages.id,
        'message', to_jsonb(messages),
        'conversation', private.conversation_line(conversations)
      ) as payload
    from unnest(p_messages) as messages
    join public.conversations on conversations.id = messages.conversation_id
    union all
    select
      2 * row_number() over (order by messages.conversation_id, messages.seq) + 1,
      'conversation:' || messages.conversation_id,
      jsonb_build_object('id', messages.id, 'message', private.customer_view(messages))
    from unnest(p_messages) as messages
    where not messages.is_private
  ) as rings;
end;
$$;

comment on function private.announce_messages is
'Broadcasts message_created to the inbox (whole row) and to the conversation (customer''s view).';
revoke all on function private.announce_messages from public;
grant execute on function private.announce_messages to service_role;
