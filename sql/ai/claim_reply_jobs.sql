-- A silent worker loses its turn at once: its heartbeat, not the lease, says that it is dead, so
-- that another one still has time to answer. What a turn asks is read after it is claimed: a
-- message that joined it in between is then part of the question.
create or replace function private.claim_reply_jobs(p_worker text, p_limit integer)
returns setof jsonb
language plpgsql
volatile
security invoker
set search_path = ''
set plan_cache_mode = 'force_generic_plan'
as $$
declare
  v_job_ids uuid[];
begin
  with due as materialized (
    select reply_jobs.id
    from private.reply_jobs
    where (
      reply_jobs.state = 'waiting' and reply_jobs.not_before <= statement_timestamp()
    ) or (
      reply_jobs.state = 'running'
      and reply_jobs.deadline > statement_timestamp() + interval '1 second'
      and (
        reply_jobs.lease_until < statement_timestamp()
        or not private.worker_lives(reply_jobs.worker)
      )
    )
    order by reply_jobs.deadline
    limit p_limit
    for update skip locked
  ),

  claimed as (
    update private.reply_jobs
    set
      state = 'running',
      worker = p_worker,
      attempt = reply_jobs.attempt + 1,
      lease_until = greatest(reply_jobs.deadline, clock_timestamp() + interval '2 seconds')
    from due
    where reply_jobs.id = due.id
    returning reply_jobs.id
  )

  select array_agg(claimed.id) into v_job_ids
  from claimed;
  return query select private.reply_turn(reply_jobs)
  from private.reply_jobs
  where reply_jobs.id = any (v_job_ids)
  order by reply_jobs.deadline;
end;
$$;

comment on function private.claim_reply_jobs is
'Leases due turns to a worker, each ready to answer: {job_id, attempt, conversation_id,
channel_type, remaining_ms, language, language_is_known: false for the customer''s or their
telephone''s, mode, threshold, max_wrong_rate, gates: by answerer, instructions, by_language: those
five for other languages, question, history, knowledge, topics, choice, is_shadow, model_allowed:
false when the day''s budget is spent, hand_over: a rule that settles it without a model, tools:
what a model may look up, wish: {wish, language, text} of a message that is nothing but STOP or
START, had_opted_out: whether they had said STOP here before}.';
revoke all on function private.claim_reply_jobs from public;
grant execute on function private.claim_reply_jobs to service_role;
