create or replace function public.label_curve(
  p_channel_type text default null,
  p_language text default null,
  p_answerer text default null
)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  perform private.require_agent();
  perform private.check_channel_type(p_channel_type);
  p_language := private.require_language(p_language);
  return private.precision_curve((
    select coalesce(jsonb_agg(jsonb_build_object(
      'confidence', labelled.confidence,
      'is_answer', true,
      'verdict', case when labelled.is_wrong then 'wrong' else 'right' end
    )), '[]')
    from private.labelled_runs(
      p_channel_type, p_language, p_answerer, '{agent,rating}'
    ) as labelled
  ));
end;
$$;

comment on function public.label_curve is
'Precision against coverage of the labelled answers by threshold (precision_curve), of a channel, a
language and an answerer as tune_threshold names them, null is any. PT400, PT403.';
revoke all on function public.label_curve from public, anon, authenticated, service_role;
grant execute on function public.label_curve to authenticated, service_role;
