create or replace function private.setting_of_candidate(
  p_conversation public.conversations,
  p_candidate jsonb
)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_setting jsonb := private.ai_setting(p_conversation.channel_type, p_conversation.language);
begin
  v_setting := v_setting
    || (p_candidate - '{model,threshold,articles}'::text[])
    || jsonb_build_object('mode', 'auto');
  if p_candidate ? 'max_wrong_rate' then
    v_setting := v_setting || jsonb_build_object('tuned', private.tuned_thresholds(
      p_conversation.channel_type, p_conversation.language,
      (p_candidate ->> 'max_wrong_rate')::double precision
    ));
  end if;
  if p_candidate ? 'threshold' then
    v_setting := (v_setting - 'tuned')
      || jsonb_build_object('confidence_threshold', p_candidate -> 'threshold');
  end if;
  return v_setting;
end;
$$;

comment on function private.setting_of_candidate is
'The settings of a conversation with those of a candidate in their place; its threshold replaces
those that labels found as well, its max_wrong_rate is what they found at that share.';
revoke all on function private.setting_of_candidate from public;
grant execute on function private.setting_of_candidate to service_role;
