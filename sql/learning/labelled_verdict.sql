create or replace function private.labelled_verdict(
  p_conversation_id uuid,
  p_first_seq integer,
  p_last_seq integer,
  p_article_id text
)
returns text
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select ai_labels.verdict
    from private.reply_jobs
    join public.ai_runs on ai_runs.reply_job_id = reply_jobs.id
    join public.ai_labels on ai_labels.run_id = ai_runs.id
    where reply_jobs.conversation_id = p_conversation_id
      and reply_jobs.first_seq <= p_last_seq
      and reply_jobs.last_seq >= p_first_seq
      and ai_runs.outcome <> 'fenced'
      and ai_runs.sources #>> '{0,article_id}' = p_article_id
      and ai_labels.source in ('agent', 'rating')
    order by ai_labels.source <> 'agent', ai_labels.verdict = 'right'
    limit 1
  );
end;
$$;

comment on function private.labelled_verdict is
'What a label says of an answer from this article to this turn; an agent''s word first, and of
others wrong before right. Null without one.';
revoke all on function private.labelled_verdict from public;
grant execute on function private.labelled_verdict to authenticated, service_role;
