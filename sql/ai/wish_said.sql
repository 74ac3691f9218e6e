create or replace function private.wish_said(p_job private.reply_jobs, p_language text)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return private.wish_of(
    (
      select string_agg(
        coalesce(nullif(messages.content, ''), messages.metadata ->> 'subject'),
        E'\n' order by messages.seq
      )
      from public.messages
      where messages.conversation_id = p_job.conversation_id
        and messages.seq between p_job.first_seq and p_job.last_seq
        and messages.sender_type = 'customer'
        and messages.deleted_at is null
    ),
    p_language
  );
end;
$$;

comment on function private.wish_said is
'The STOP or START that the messages of a turn are, as hear_wishes hears it: the subject of a mail
counts where it says nothing else.';
revoke all on function private.wish_said from public;
grant execute on function private.wish_said to service_role;
