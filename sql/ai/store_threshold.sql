create or replace function private.store_threshold(
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
  insert into public.ai_thresholds (
    channel_type, language, max_wrong_rate, threshold, labels, wrong, bound
  )
  values (
    p_channel_type, p_language, p_max_wrong_rate, (p_found ->> 'threshold')::double precision,
    (p_found ->> 'labels')::integer, (p_found ->> 'wrong')::integer,
    (p_found ->> 'bound')::double precision
  )
  on conflict (channel_type, language) do update
    set
      max_wrong_rate = excluded.max_wrong_rate,
      threshold = excluded.threshold,
      labels = excluded.labels,
      wrong = excluded.wrong,
      bound = excluded.bound,
      tuned_at = clock_timestamp();
$$;

comment on function private.store_threshold is
'Keeps what labels say about a channel and a language.';
revoke all on function private.store_threshold from public;
grant execute on function private.store_threshold to service_role;
