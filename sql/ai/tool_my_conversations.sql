create or replace function private.tool_my_conversations(p_arguments jsonb)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select coalesce(jsonb_agg(newest.line order by newest.created_at desc), '[]')
  from (
    select
      conversations.created_at,
      jsonb_build_object(
        'channel', conversations.channel_type,
        'status', conversations.status,
        'subject', conversations.subject,
        'began_at', conversations.created_at,
        'last_message', (
          select left(messages.content, 500)
          from public.messages
          where messages.conversation_id = conversations.id
          order by messages.seq desc
          limit 1
        )
      ) as line
    from public.conversations
    order by conversations.created_at desc
    limit case
      when p_arguments ->> 'limit' ~ '^[0-9]{1,3}$'
        then least(greatest((p_arguments ->> 'limit')::integer, 1), 20)
      else 5
    end
  ) as newest;
$$;

comment on function private.tool_my_conversations is
'Tool: the conversations of the customer in the claims, newest first, at most twenty.';
revoke all on function private.tool_my_conversations from public;
grant execute on function private.tool_my_conversations to ai_reader, service_role;
