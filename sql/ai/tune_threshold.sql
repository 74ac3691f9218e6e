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
      message = 'the highest share of wrong answers lies between 0 and 1',
      hint = 'give a share, as 0.05';
  end if;

  v_found := private.best_threshold(p_channel_type, p_language, p_max_wrong_rate, p_sources);
  if (v_found ->> 'labels')::integer < private.labels_needed(p_max_wrong_rate) then
    raise exception using
      errcode = 'PT409',
      message = format(
        '%s too few to promise at most %s %% wrong', private.counted(
          (v_found ->> 'labels')::bigint, 'labelled answer is', 'labelled answers are'
        ), trim_scale(round((100 * p_max_wrong_rate)::numeric, 2))
      ),
      hint = format(
        'at least %s are needed: agents label answers by label_answer(message, right or wrong)'
        ' or romashka ai label, customers by their ratings', private.labels_needed(p_max_wrong_rate)
      );
  end if;

  if p_apply then
    perform private.apply_threshold(p_channel_type, p_language, p_max_wrong_rate, v_found);
  end if;
  return v_found || jsonb_build_object(
    'channel', p_channel_type, 'language', p_language, 'max_wrong_rate', p_max_wrong_rate,
    'confidence', 0.95, 'is_applied', p_apply
  );
end;
$$;

comment on function public.tune_threshold is
'The confidence above which no more than a share of answers is wrong, from labels, with 95 %
confidence; null for channel or language is any. p_apply makes it the gate, and the share the one
that is accepted there (admins; for the shares that are set it happens hourly by itself). Sources
that can only say wrong are left out unless named. {threshold, labels, answers, wrong, bound,
channel, language, max_wrong_rate, confidence, is_applied, is_undecided}. PT400, PT403; PT409 with
how many labels are needed, or where they prove nothing yet.';
revoke all on function public.tune_threshold from public, anon, authenticated, service_role;
grant execute on function public.tune_threshold to authenticated, service_role;
