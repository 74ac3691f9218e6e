create or replace function private.written_in(p_job_id uuid)
returns text
language sql
stable
security invoker
set search_path = ''
as $$
  select string_agg(messages.content, E'\n' order by messages.seq)
  from private.reply_jobs
  join public.messages on messages.conversation_id = reply_jobs.conversation_id
    and messages.seq between reply_jobs.first_seq and reply_jobs.last_seq
  where reply_jobs.id = p_job_id
    and messages.sender_type = 'customer'
    and messages.deleted_at is null;
$$;

comment on function private.written_in is
'What the customer wrote in a turn, a line for each message, without the subjects of mails.';
revoke all on function private.written_in from public;
grant execute on function private.written_in to service_role;
