create or replace function private.asked_before(p_job_id uuid, p_question text)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_before text;
begin
  if p_job_id is null then
    return false;
  end if;

  select string_agg(messages.content, E'\n' order by messages.seq) into v_before
  from private.reply_jobs
  join public.messages on messages.conversation_id = reply_jobs.conversation_id
    and messages.seq between reply_jobs.first_seq and reply_jobs.last_seq
  where reply_jobs.id = p_job_id
    and messages.sender_type = 'customer'
    and messages.deleted_at is null;

  if btrim(private.folded(v_before)) = '' or btrim(private.folded(p_question)) = '' then
    return false;
  end if;
  return private.likeness(v_before, p_question) >= 0.85;
end;
$$;

comment on function private.asked_before is
'Whether a question is, but for a few letters, the one that this turn answered.';
revoke all on function private.asked_before from public;
grant execute on function private.asked_before to service_role;
