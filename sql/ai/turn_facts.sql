create or replace function private.turn_facts(
  p_job private.reply_jobs,
  p_conversation public.conversations,
  p_question text
)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_facts jsonb;
  v_answered_job uuid;
  v_choices jsonb;
begin
  with said as materialized (
    select messages.*, messages.message_type <> 'choices' as is_answer
    from public.messages
    where messages.conversation_id = p_job.conversation_id
      and messages.seq > p_conversation.context_seq
      and messages.seq < p_job.first_seq
      and messages.sender_type = 'ai'
      and coalesce(messages.intent_detected, '') not in ('greeting', 'thanks')
    order by messages.seq desc
    limit 50
  )

  select
    jsonb_build_object(
      'ai_turns', count(*),
      'clarifications', count(*) filter (
        where said.seq > all (select answers.seq from said as answers where answers.is_answer)
      ),
      'articles', coalesce(
        jsonb_agg(said.knowledge_sources #> '{0,article_id}') filter (where said.is_answer), '[]'
      )
    ),
    (array_agg(said.reply_job_id order by said.seq desc) filter (where said.is_answer))[1],
    (array_agg(said.metadata -> 'choices' order by said.seq desc))[1]
  into v_facts, v_answered_job, v_choices
  from said;

  return v_facts || jsonb_build_object('signals', to_jsonb(array_remove(array[
    case when private.asked_before(v_answered_job, p_question) then 'repeated_question' end,
    case when private.picks_person(v_choices, p_question) then 'asks_for_human' end
  ], null)));
end;
$$;

comment on function private.turn_facts is
'What the hand-over rules may know before a model is asked: {ai_turns, clarifications in a row,
articles cited, signals}, since the AI last began anew. Small talk does not count.';
revoke all on function private.turn_facts from public;
grant execute on function private.turn_facts to service_role;
