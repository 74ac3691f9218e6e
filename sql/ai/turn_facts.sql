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
  v_said public.messages[];
  v_answers public.messages[];
begin
  if p_conversation.context_seq + 1 < p_job.first_seq then
    v_said := private.ai_messages(
      p_conversation.id, p_conversation.context_seq + 1, p_job.first_seq - 1
    );
    v_answers := array(
      select said
      from unnest(v_said) as said
      where said.message_type <> 'choices'
      order by said.seq desc
    );
  end if;

  return jsonb_build_object(
    'ai_turns', coalesce(cardinality(v_said), 0),
    'clarifications', (
      select count(*)
      from unnest(v_said) as said
      where said.seq > coalesce((v_answers[1]).seq, 0)
    ),
    'articles', array(
      select answers.knowledge_sources #>> '{0,article_id}'
      from unnest(v_answers) as answers
    ),
    'signals', array_remove(array[
      case when private.asked_before((v_answers[1]).reply_job_id, p_question)
        then 'repeated_question' end,
      case
        when private.chosen((v_said[1]).metadata -> 'choices', p_question, null)
          @> '[{"id": "person"}]' then 'asks_for_human'
      end
    ], null)
  );
end;
$$;

comment on function private.turn_facts is
'What the hand-over rules may know before a model is asked: {ai_turns, clarifications in a row,
articles cited, signals}, since the AI last began anew. Small talk does not count.';
revoke all on function private.turn_facts from public;
grant execute on function private.turn_facts to service_role;
