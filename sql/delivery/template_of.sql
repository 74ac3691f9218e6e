create or replace function private.template_of(
  p_message public.messages,
  p_conversation public.conversations
)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return case
    when jsonb_typeof(p_message.metadata -> 'template') = 'object'
      then private.template_given(p_message.metadata -> 'template')
    when p_conversation.window_expires_at <= clock_timestamp()
      then private.template_for(
        p_message.channel_id, p_message.content, p_conversation.language
      )
  end;
end;
$$;

comment on function private.template_of is
'The template as which a message goes out: the one that was chosen, or once the service window is
closed one that reads like it (R28); else null.';
revoke all on function private.template_of from public;
grant execute on function private.template_of to service_role;
