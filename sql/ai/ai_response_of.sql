-- Security definer: visitors see no row of the turns, yet may ask what came of their own.
create or replace function private.ai_response_of(p_id uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_job private.reply_jobs;
begin
  select reply_jobs.* into v_job
  from (
    select p_id as conversation_id, null::integer as seq, null::uuid as reply_job_id
    union all
    select messages.conversation_id, messages.seq, messages.reply_job_id
    from public.messages
    where messages.id = p_id
  ) as meant
  join private.reply_jobs on reply_jobs.conversation_id = meant.conversation_id
  where not reply_jobs.is_shadow
    and (
      meant.seq is null or reply_jobs.id = meant.reply_job_id
      or meant.seq between reply_jobs.first_seq and reply_jobs.last_seq
    )
    and (
      private.actor_role() <> 'visitor'
      or meant.conversation_id in (select private.my_conversations())
    )
  order by reply_jobs.created_at desc
  limit 1;

  if v_job.id is null then
    raise exception using
      errcode = 'PT404',
      message = format('no turn of the AI for %s', p_id),
      hint = 'give the id of a conversation, of a customer''s question or of the answer to it';
  end if;

  return private.shown_turn(v_job);
end;
$$;

comment on function private.ai_response_of is
'The turn of a conversation or message as its customer may see it; PT404.';
revoke all on function private.ai_response_of from public;
grant execute on function private.ai_response_of to authenticated, service_role;
