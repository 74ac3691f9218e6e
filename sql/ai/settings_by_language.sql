-- Who writes for the first time has no language yet when the turn is claimed; the worker hears it.
create or replace function private.settings_by_language(p_channel_type text)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_languages text[] := array(
    select lower(ai_settings.language)
    from public.ai_settings
    where ai_settings.language is not null
      and coalesce(ai_settings.channel_type, p_channel_type) = p_channel_type
    union
    select lower(ai_thresholds.language)
    from public.ai_thresholds
    where ai_thresholds.language is not null
      and coalesce(ai_thresholds.channel_type, p_channel_type) = p_channel_type
  );
begin
  if cardinality(v_languages) = 0 then
    return '{}';
  end if;

  return (
    select jsonb_object_agg(
      named.language, private.held_to(private.ai_setting(p_channel_type, named.language))
    )
    from unnest(v_languages || ''::text) as named (language)
  );
end;
$$;

comment on function private.settings_by_language is
'What a worker is held to in each language that a setting or a threshold names, as {language: {mode,
threshold, max_wrong_rate, gates, instructions}}, under no name for all others.';
revoke all on function private.settings_by_language from public;
grant execute on function private.settings_by_language to service_role;
