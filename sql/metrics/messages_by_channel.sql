create or replace function private.messages_by_channel(p_since timestamptz)
returns table (channel text, figures jsonb)
language sql
stable
security invoker
set search_path = ''
as $$
  select
    coalesce(messages.channel_type, 'all'),
    jsonb_build_object(
      'messages', count(*),
      'customerMessages', count(*) filter (where messages.sender_type = 'customer')
    )
  from public.messages
  where messages.created_at >= p_since and not messages.is_private
  group by grouping sets ((), (messages.channel_type));
$$;

comment on function private.messages_by_channel is
'How many messages there were since a time: of all, and of each channel that had any.';
revoke all on function private.messages_by_channel from public;
grant execute on function private.messages_by_channel to authenticated, service_role;
