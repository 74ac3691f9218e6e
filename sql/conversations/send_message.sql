-- The client's own id makes a retry harmless; the seq it has seen keeps two people from talking
-- past each other (U9).
create or replace function public.send_message(
  p_conversation_id uuid,
  p_content text,
  p_client_id uuid default null,
  p_seen_seq integer default null,
  p_private boolean default false,
  p_media jsonb default '[]',
  p_template jsonb default null
)
returns jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_message public.messages;
begin
  perform private.require_content(p_content, coalesce(p_media, '[]') = '[]');
  perform private.lock_conversation(p_conversation_id);
  v_message := private.message_of_client(p_conversation_id, p_client_id);

  if v_message.id is null then
    perform private.check_turn(p_conversation_id, p_seen_seq);
    v_message := case
      when private.actor_role() = 'visitor'
        then private.add_customer_message(p_conversation_id, p_content, p_client_id, p_media)
      else private.add_agent_message(
        p_conversation_id, p_content, p_client_id, p_private, p_media
      )
    end;
    if p_template is not null then
      perform private.set_template(v_message.id, p_template);
    end if;
  end if;
  return case
    when private.actor_role() = 'visitor' then private.customer_view(v_message)
    else to_jsonb(v_message)
  end;
end;
$$;

comment on function public.send_message is
'Says something in a conversation, as the calling agent or customer; returns the message.
p_client_id (the message''s id) makes a repeat harmless; p_seen_seq older than what the others
have said since is refused with PT409. p_media are files of the bucket media: [{path, filename}];
p_template has it go out as that template. PT400, PT401, PT403, PT404, PT429.';
revoke all on function public.send_message from public, anon, authenticated, service_role;
grant execute on function public.send_message to authenticated, service_role;
