create or replace function private.recent_history(
  p_conversation public.conversations,
  p_limit integer,
  p_before integer default null
)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(
      jsonb_build_object(
        'seq', recent.seq,
        'role', recent.sender_type,
        'content', left(recent.content, 2000),
        'created_at', recent.created_at
      )
      order by recent.seq
    ), '[]')
    from (
      select messages.seq, messages.sender_type, messages.content, messages.created_at
      from public.messages
      where messages.conversation_id = p_conversation.id
        and messages.seq > p_conversation.context_seq
        and messages.seq < coalesce(p_before, 2147483647)
        and not messages.is_private
        and messages.deleted_at is null
        and messages.content <> ''
      order by messages.seq desc
      limit least(greatest(p_limit, 1), 50)
    ) as recent
  );
end;
$$;

comment on function private.recent_history is
'The newest messages since the last hand-over or resolution, before a seq where one is given, oldest
first: [{seq, role, content}]. Private notes never leave the team, so they are not here.';
revoke all on function private.recent_history from public;
grant execute on function private.recent_history to authenticated, service_role;
