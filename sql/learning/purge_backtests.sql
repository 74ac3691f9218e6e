create or replace function private.purge_backtests(
  p_keep interval default '30 days',
  p_limit integer default 10
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
  delete from public.ai_backtests
  where ai_backtests.id in (
    select expired.id
    from public.ai_backtests as expired
    where coalesce(expired.finished_at, expired.created_at) < statement_timestamp() - p_keep
    limit p_limit
  );
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;

comment on function private.purge_backtests is
'Ends the retention of backtests, with what was answered in them, 30 days after their end; one that
nobody has ended in that time goes too. At most p_limit a call, returns how many. What they cost
stays in ai_calls.';
revoke all on function private.purge_backtests from public;
grant execute on function private.purge_backtests to service_role;
