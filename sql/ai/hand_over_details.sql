create or replace function private.hand_over_details(
  p_job private.reply_jobs,
  p_decision jsonb,
  p_reply jsonb
)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return jsonb_strip_nulls(jsonb_build_object(
    'rule', p_decision -> 'rule',
    'rule_id', p_decision -> 'rule_id',
    'question', left(coalesce(p_decision ->> 'question', private.question_of(p_job)), 2000),
    'confidence', private.confidence_of(p_reply),
    'threshold', greatest(
      (p_decision ->> 'threshold')::double precision, private.number_of(p_reply -> 'needed')
    ),
    'draft', nullif(left(p_reply ->> 'content', 2000), ''),
    'error', left(p_reply ->> 'error', 200),
    'ai_turns', p_decision #> '{facts,ai_turns}',
    'clarifications', p_decision #> '{facts,clarifications}',
    'intent', left(p_reply ->> 'intent', 100),
    'sentiment', p_decision #> '{facts,sentiment}',
    'sources', (
      select jsonb_agg(looked.source)
      from jsonb_array_elements(
        case when jsonb_typeof(p_reply -> 'sources') = 'array' then p_reply -> 'sources' end
      ) with ordinality as looked (source, place)
      where looked.place <= 5
    )
  ));
end;
$$;

comment on function private.hand_over_details is
'What people are told of a turn that is handed over to them: question, confidence, what was looked
at, what the AI would have said and how often it had spoken.';
revoke all on function private.hand_over_details from public;
grant execute on function private.hand_over_details to service_role;
