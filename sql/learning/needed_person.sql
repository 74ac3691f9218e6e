create or replace function private.needed_person(
  p_conversation_id uuid,
  p_since timestamptz,
  p_until timestamptz
)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return exists (
    select 1
    from public.messages
    where messages.conversation_id = p_conversation_id
      and (
        messages.sender_type = 'agent' and not messages.is_private
        or messages.sender_type = 'system'
          and messages.metadata ->> 'event' in ('handed_over', 'taken_over')
      )
      and messages.created_at between p_since and p_until
  ) or exists (
    select 1
    from private.reply_jobs
    where reply_jobs.conversation_id = p_conversation_id
      and reply_jobs.outcome in ('handed_over', 'taken_over', 'dead')
      and not reply_jobs.is_shadow
      and reply_jobs.finished_at between p_since and p_until
  );
end;
$$;

comment on function private.needed_person is
'Whether a person answered in a conversation or took it, or it was given to people, between two
moments, by a turn of the AI or otherwise.';
revoke all on function private.needed_person from public;
grant execute on function private.needed_person to authenticated, service_role;
