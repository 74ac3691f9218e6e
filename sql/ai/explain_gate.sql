create or replace function public.explain_gate(
  p_channel_type text,
  p_language text default null
)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_setting jsonb;
  v_threshold double precision;
begin
  perform private.require_agent();
  perform private.check_channel_type(p_channel_type);
  v_setting := private.ai_setting(p_channel_type, p_language);
  v_threshold := private.threshold_of(v_setting);
  return v_setting - '{id,channel_type,language,created_at,updated_at}'::text[]
    || jsonb_build_object(
      'threshold', v_threshold,
      'decided_by', case
        when v_threshold > (v_setting ->> 'confidence_threshold')::double precision
          then 'max_wrong_rate'
        else 'confidence_threshold'
      end,
      'tuned', (
        select to_jsonb(ai_thresholds)
        from public.ai_thresholds
        where coalesce(ai_thresholds.channel_type, p_channel_type) = p_channel_type
          and private.speaks(p_language, ai_thresholds.language)
        order by
          ai_thresholds.threshold is null, ai_thresholds.channel_type is null,
          ai_thresholds.language is null
        limit 1
      ),
      'learned', private.gates_at(private.wrong_rate_of(v_setting))
    );
end;
$$;

comment on function public.explain_gate is
'Why an answer on a channel in a language needs the confidence it needs: the settings as they hold,
{threshold, decided_by, tuned: what the labels found, learned: the gates of the
built-in answerer that customers'' picks taught}. PT400, PT403.';
revoke all on function public.explain_gate from public, anon, authenticated, service_role;
grant execute on function public.explain_gate to authenticated, service_role;
