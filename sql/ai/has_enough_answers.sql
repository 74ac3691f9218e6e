create or replace function private.has_enough_answers(p_conversation public.conversations)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return p_conversation.channel_type = 'email'
    and private.answers_lately(p_conversation.customer_id, p_conversation.channel_id) >= coalesce(
      private.number_of(
        private.ai_setting('email', p_conversation.language) -> 'answers_per_hour'
      ), 5
    );
end;
$$;

comment on function private.has_enough_answers is
'Whether whoever writes a mail conversation has had so many automatic answers within an hour that
they get no more; nobody on another channel has.';
revoke all on function private.has_enough_answers from public;
grant execute on function private.has_enough_answers to service_role;
