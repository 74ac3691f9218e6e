create or replace function private.window_is_open(
  p_conversation public.conversations,
  p_channel public.channels
)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  if p_channel.id = p_conversation.channel_id then
    return coalesce(p_conversation.window_expires_at > clock_timestamp(), true);
  end if;
  return p_channel.service_window is null or exists (
    select 1
    from public.conversations
    where conversations.customer_id = p_conversation.customer_id
      and conversations.channel_id = p_channel.id
      and conversations.window_expires_at > clock_timestamp()
  );
end;
$$;

comment on function private.window_is_open is
'Whether a channel takes free text for a customer now: on another than the conversation''s own,
what they last wrote there counts.';
revoke all on function private.window_is_open from public;
grant execute on function private.window_is_open to service_role;
