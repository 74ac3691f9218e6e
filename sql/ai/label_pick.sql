create or replace function private.label_pick(p_job private.reply_jobs, p_reply jsonb)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_conversation public.conversations;
  v_run public.ai_runs;
  v_picked text;
begin
  select conversations.* into v_conversation
  from public.conversations
  where conversations.id = p_job.conversation_id;

  select ai_runs.* into v_run
  from private.last_offer(p_job, v_conversation) as offer
  join public.ai_runs on ai_runs.message_id = offer.id
  where offer.message_type = 'choices' and ai_runs.fit is not null;
  if not found then
    return;
  end if;

  v_picked := coalesce(
    private.turn_choice(p_job, v_conversation) ->> 'id',
    private.meant_instead(v_run, p_reply)
  );
  perform private.keep_label(
    v_run.id,
    case when v_picked = v_run.sources #>> '{0,article_id}' then 'right' else 'wrong' end,
    'pick'
  )
  where v_picked is not null;
end;
$$;

comment on function private.label_pick is
'Labels the guess behind choices by what this turn made of them: right where the first article was
picked, or meant; nothing where it does not tell.';
revoke all on function private.label_pick from public;
grant execute on function private.label_pick to service_role;
