create or replace function private.found_by_labels(
  p_channel_type text,
  p_language text,
  p_max_wrong_rate double precision,
  p_sources text[]
)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select coalesce(jsonb_object_agg(judged.answerer, private.best_threshold(
    p_channel_type, p_language, judged.answerer, p_max_wrong_rate, p_sources
  ) || jsonb_build_object('model', judged.model)), '{}')
  from (
    select labelled.answerer, min(labelled.model) as model
    from private.labelled_runs(p_channel_type, p_language, null, p_sources) as labelled
    group by labelled.answerer
  ) as judged;
$$;

comment on function private.found_by_labels is
'What labels say of every answerer that has some on a channel and in a language, null is any:
{answerer: {model, threshold, labels, answers, wrong, bound}} (best_threshold).';
revoke all on function private.found_by_labels from public;
grant execute on function private.found_by_labels to authenticated, service_role;
