create or replace function public.tune_threshold(
  p_channel_type text,
  p_language text,
  p_max_wrong_rate double precision default 0.05,
  p_apply boolean default false,
  p_sources text[] default '{agent,rating}'
)
returns jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_found jsonb;
begin
  perform private.require_agent();
  perform private.check_channel_type(p_channel_type);
  p_language := private.require_language(p_language);
  if p_max_wrong_rate is null or p_max_wrong_rate <= 0 or p_max_wrong_rate >= 1 then
    raise exception using
      errcode = 'PT400',
      message = 'the highest share of wrong answers is more than 0 and less than 1',
      hint = 'give a share, as 0.05';
  end if;

  v_found := private.found_by_labels(p_channel_type, p_language, p_max_wrong_rate, p_sources);
  perform private.require_labels(v_found, p_max_wrong_rate);
  if p_apply then
    perform private.apply_thresholds(p_channel_type, p_language, p_max_wrong_rate, v_found);
  end if;
  return jsonb_build_object(
    'answerers', (
      select jsonb_agg(
        found.value || jsonb_build_object('answerer', found.key)
        order by (found.value -> 'labels') desc, found.key
      )
      from jsonb_each(v_found) as found
    ),
    'labels_needed', private.labels_needed(p_max_wrong_rate), 'confidence', 0.95,
    'channel', p_channel_type, 'language', p_language, 'max_wrong_rate', p_max_wrong_rate,
    'is_applied', p_apply
  );
end;
$$;

comment on function public.tune_threshold is
'The confidence above which no more than a share of answers is wrong, from labels, with 95 %
confidence, of each answerer by itself (a fit of the built-in one, or a language model), as no two
mean the same by it; null for channel or language is any. p_apply makes it the gate of theirs, and
the share the one that is accepted there (admins; for the shares that are set it happens hourly by
itself). Sources that can only say wrong are left out unless named. {answerers: [{answerer, model,
threshold: 1 where nothing keeps the share, null while labels prove nothing, labels, answers, wrong,
bound}], labels_needed: of one answerer, channel, language, max_wrong_rate, confidence, is_applied}.
PT400, PT403; PT409 with how many labels are needed, or where they prove nothing yet.';
revoke all on function public.tune_threshold from public, anon, authenticated, service_role;
grant execute on function public.tune_threshold to authenticated, service_role;
