create or replace function private.hand_over_words(p_conversation_id uuid, p_language text)
returns text
language sql
stable
security invoker
set search_path = ''
as $$
  select concat_ws(
    ' ',
    private.hand_over_text(p_language),
    case when not private.office_is_open(conversations.channel_id) then private.office_text(
      p_language, private.office_opens_at(conversations.channel_id), private.office_zone()
    ) end
  )
  from public.conversations
  where conversations.id = p_conversation_id;
$$;

comment on function private.hand_over_words is
'What a customer is told at a hand-over; outside the office hours also when people are back, as far
as that is known.';
revoke all on function private.hand_over_words from public;
grant execute on function private.hand_over_words to service_role;
