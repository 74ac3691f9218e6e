create or replace function public.cleanup_expired_metrics(
  p_keep interval default interval '90 days',
  p_limit integer default 10000
)
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_count integer;
begin
  delete from public.realtime_metrics
  where realtime_metrics.id in (
    select expired.id
    from public.realtime_metrics as expired
    where expired.timestamp < statement_timestamp() - p_keep
    limit p_limit
  );
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;

comment on function public.cleanup_expired_metrics is
'Removes metrics older than p_keep, at most p_limit a call; returns how many (R68).';
revoke all on function public.cleanup_expired_metrics
from public, anon, authenticated, service_role;
grant execute on function public.cleanup_expired_metrics to service_role;
