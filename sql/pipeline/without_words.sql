create or replace function private.without_words(p_metadata jsonb)
returns jsonb
language sql
immutable
security invoker
set search_path = ''
as $$
  select coalesce(jsonb_object_agg(kept.name, kept.value), '{}')
  from jsonb_each(p_metadata) as kept (name, value)
  where kept.name in (
    'occurred_at', 'reply_to', 'echo', 'automatic', 'message_id', 'in_reply_to', 'references',
    'update_id', 'media_group_id', 'business_connection_id', 'edit_at', 'reacted_at'
  );
$$;

comment on function private.without_words is
'What may stay beside a message that was taken back: moments, ids and its place among others, and
nothing that anybody said, showed or chose.';
revoke all on function private.without_words from public;
grant execute on function private.without_words to service_role;
