create or replace function private.template_of(
  p_delivery private.deliveries,
  p_message public.messages,
  p_language text,
  p_window_open boolean
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
      and p_delivery.channel_id = p_message.channel_id
      then private.template_given(p_message.metadata -> 'template')
    when not p_window_open
      then private.template_for(
        p_delivery.channel_id, p_message.content, p_language
      )
  end;
end;
$$;

comment on function private.template_of is
'The template as which a message goes out: on its own channel the one that was chosen, or where the
service window of the channel it takes is closed one that reads like it (R28); else null.';
revoke all on function private.template_of from public;
grant execute on function private.template_of to service_role;
