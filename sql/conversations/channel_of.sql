create or replace function private.channel_of(p_conversation_id uuid)
returns uuid
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select conversations.channel_id
    from public.conversations
    where conversations.id = p_conversation_id
  );
end;
$$;

comment on function private.channel_of is
'The channel account of a conversation.';
revoke all on function private.channel_of from public;
grant execute on function private.channel_of to service_role;
