create or replace function private.labelled_runs(
  p_channel_type text,
  p_language text,
  p_answerer text,
  p_sources text[]
)
returns table (
  run_id uuid,
  answerer text,
  model text,
  confidence double precision,
  is_wrong boolean
)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return query
  select
    ai_runs.id,
    private.answerer_of(ai_runs.fit, ai_runs.model),
    ai_runs.model,
    ai_runs.confidence,
    coalesce(
      bool_or(ai_labels.verdict = 'wrong') filter (where ai_labels.source = 'agent'),
      bool_or(ai_labels.verdict = 'wrong')
    )
  from public.ai_labels
  join public.ai_runs on ai_runs.id = ai_labels.run_id
  join public.conversations on conversations.id = ai_runs.conversation_id
  where ai_labels.source = any (p_sources)
    and ai_runs.confidence is not null
    and coalesce(ai_runs.wire, '') <> 'rules'
    and (ai_runs.outcome = 'answered' or ai_runs.reason = 'low_confidence')
    and private.answerer_of(ai_runs.fit, ai_runs.model) is not null
    and (
      p_answerer is null or private.answerer_of(ai_runs.fit, ai_runs.model) = p_answerer
    )
    and (p_channel_type is null or conversations.channel_type = p_channel_type)
    and (p_language is null or private.speaks(conversations.language, p_language))
  group by ai_runs.id;
end;
$$;

comment on function private.labelled_runs is
'The answers, also those that were not sure enough to be sent, that were judged, on a channel, in a
language and of an answerer, null is any; what was said by rule, picked, or asked back says nothing
of a gate. An agent''s word outweighs the others, and of those wrong outweighs right.';
revoke all on function private.labelled_runs from public;
grant execute on function private.labelled_runs to authenticated, service_role;
