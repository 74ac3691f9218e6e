create or replace function private.office_text(
  p_language text,
  p_back_at timestamptz,
  p_time_zone text
)
returns text
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_local timestamp := p_back_at at time zone p_time_zone;
  v_day text := to_char(v_local, 'DD.MM.YYYY');
  v_slashed text := to_char(v_local, 'DD/MM/YYYY');
  v_time text := to_char(v_local, 'HH24:MI') || ' (' || p_time_zone || ')';
begin
  if p_back_at is null then
    return null;
  end if;

  return case split_part(lower(coalesce(p_language, 'en')), '-', 1)
    when 'de' then format('Wir sind ab %s um %s wieder da.', v_day, v_time)
    when 'es' then format('Volvemos a estar disponibles el %s a las %s.', v_slashed, v_time)
    when 'fr' then format('Nous serons de retour le %s à %s.', v_slashed, v_time)
    when 'it' then format('Saremo di nuovo disponibili il %s alle %s.', v_slashed, v_time)
    when 'pt' then format('Estaremos de volta em %s às %s.', v_slashed, v_time)
    when 'nl' then format('Wij zijn er weer op %s om %s.', v_day, v_time)
    when 'pl' then format('Wracamy %s o %s.', v_day, v_time)
    when 'ru' then format('Мы снова на связи %s в %s.', v_day, v_time)
    when 'tr' then format('%s tarihinde saat %s itibarıyla yeniden buradayız.', v_day, v_time)
    when 'ar' then format('سنعود في %s عند الساعة %s.', v_slashed, v_time)
    when 'zh' then format('我们将于%s %s恢复服务。', to_char(v_local, 'YYYY-MM-DD'), v_time)
    else format(
      'We are back on %s at %s.', to_char(v_local, 'FMDay, FMDD FMMonth'), v_time
    )
  end;
end;
$$;

comment on function private.office_text is
'When people are back, in 12 languages; English for any other; null when nobody knows.';
revoke all on function private.office_text from public;
grant execute on function private.office_text to service_role;
