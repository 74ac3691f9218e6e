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
begin
  perform private.require_agent();
  perform private.check_channel_type(p_channel_type);
  p_language := private.require_language(p_language);
  v_setting := private.ai_setting(p_channel_type, p_language);
  return v_setting - '{id,channel_type,language,created_at,updated_at}'::text[]
    || jsonb_build_object(
      'answerers', (
        select jsonb_agg(jsonb_strip_nulls(to_jsonb(held)))
        from private.gates_held(v_setting) as held
      ),
      'learned', private.gates_at((v_setting ->> 'max_wrong_rate')::double precision)
    )
    || (
      select jsonb_build_object('threshold', held.needed, 'decided_by', held.decided_by)
      from private.gates_held(v_setting) as held
      where held.answerer = 'model' and held.model is null
    );
end;
$$;

comment on function public.explain_gate is
'Why an answer on a channel in a language needs the confidence it needs: the settings as they hold,
{threshold, decided_by: of a language model''s answer while labels say nothing of that model, and
the least for any; answerers: [{answerer, fit, model, needed, decided_by}] as gates_held has them,
the built-in answerer''s fits too; tuned: what the labels found of each, {fit or model: {model,
threshold, labels, answers, wrong, bound}}, learned: the gates of the built-in answerer that
customers'' picks taught}. PT400, PT403.';
revoke all on function public.explain_gate from public, anon, authenticated, service_role;
grant execute on function public.explain_gate to authenticated, service_role;
