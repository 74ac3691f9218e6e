create or replace function private.store_thresholds(
  p_channel_type text,
  p_language text,
  p_max_wrong_rate double precision,
  p_found jsonb
)
returns void
language sql
volatile
security invoker
set search_path = ''
as $$
  insert into public.ai_thresholds (channel_type, language, max_wrong_rate, answerers)
  values (p_channel_type, p_language, p_max_wrong_rate, p_found)
  on conflict (channel_type, language) do update
    set
      max_wrong_rate = excluded.max_wrong_rate,
      answerers = excluded.answerers,
      tuned_at = clock_timestamp();
$$;

comment on function private.store_thresholds is
'Keeps what labels say about the answerers of a channel and a language (found_by_labels).';
revoke all on function private.store_thresholds from public;
grant execute on function private.store_thresholds to service_role;
