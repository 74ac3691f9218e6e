create or replace function private.question_of(p_job private.reply_jobs)
returns text
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return coalesce((
    select string_agg(
      concat_ws(
        E'\n',
        case
          when not messages.metadata ? 'in_reply_to'
            and not private.says_no_subject(messages.metadata ->> 'subject')
            then messages.metadata ->> 'subject'
        end,
        nullif(messages.content, '')
      ), E'\n' order by messages.seq
    )
    from public.messages
    where messages.conversation_id = p_job.conversation_id
      and messages.seq between p_job.first_seq and p_job.last_seq
      and messages.sender_type = 'customer'
      and messages.deleted_at is null
  ), '');
end;
$$;

comment on function private.question_of is
'What a turn is asked: its messages of the customer, a line each. Many a mail asks in its subject,
which comes first; that of an answer is what was written before.';
revoke all on function private.question_of from public;
grant execute on function private.question_of to authenticated, service_role;
