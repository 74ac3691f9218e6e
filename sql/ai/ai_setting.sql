create or replace function private.ai_setting(p_channel_type text, p_language text)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select coalesce(
    (
      select to_jsonb(ai_settings)
      from public.ai_settings
      where coalesce(ai_settings.channel_type, p_channel_type) = p_channel_type
        and (ai_settings.language is null or ai_settings.language = p_language)
      order by ai_settings.channel_type is null, ai_settings.language is null
      limit 1
    ),
    '{"is_enabled": true, "confidence_threshold": 0.7, "instructions": ""}'
  );
$$;

comment on function private.ai_setting is
'How the AI answers on a channel in a language: {is_enabled, confidence_threshold, instructions}.';
revoke all on function private.ai_setting from public;
grant execute on function private.ai_setting to service_role;

create trigger touch_ai_settings before update on public.ai_settings
for each row when (new.updated_at = old.updated_at)
execute function private.touch_updated_at();

create trigger audit_ai_settings after insert or update or delete on public.ai_settings
for each row execute function private.audit_change();
