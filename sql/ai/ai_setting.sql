-- Called for every turn: one pass over the few rows that apply, the closest one first.
create or replace function private.ai_setting(p_channel_type text, p_language text)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_close jsonb[];
  v_setting jsonb := '{"mode": "auto", "confidence_threshold": 0.7, "max_wrong_rate": 0.05}';
  v_row jsonb;
begin
  select array_agg(
    jsonb_strip_nulls(to_jsonb(ai_settings))
    order by ai_settings.channel_type is not null, ai_settings.language is not null
  )
  into v_close
  from public.ai_settings
  where (ai_settings.channel_type is null or ai_settings.channel_type = p_channel_type)
    and (ai_settings.language is null or private.speaks(p_language, ai_settings.language));

  foreach v_row in array coalesce(v_close, '{}') loop
    v_setting := v_setting || v_row;
  end loop;
  return v_setting || jsonb_build_object(
    'tuned', private.tuned_thresholds(
      p_channel_type, p_language, (v_setting ->> 'max_wrong_rate')::double precision
    )
  );
end;
$$;

comment on function private.ai_setting is
'How the AI answers on a channel in a language, every field of the closest row that says something:
{mode, confidence_threshold, max_wrong_rate, tuned: what labels found, by answerer, instructions,
tone, guardrails, answers_per_hour}; what no row says is missing, or the default.';
revoke all on function private.ai_setting from public;
grant execute on function private.ai_setting to authenticated, service_role;

create trigger touch_ai_settings before update on public.ai_settings
for each row when (new.updated_at = old.updated_at)
execute function private.touch_updated_at();

create trigger audit_ai_settings after insert or update or delete on public.ai_settings
for each row execute function private.audit_change();
