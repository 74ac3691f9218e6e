create or replace function private.purge_drafts(
  p_keep interval default '30 days',
  p_limit integer default 1000
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
  delete from public.ai_drafts
  where ai_drafts.id in (
    select expired.id
    from public.ai_drafts as expired
    where expired.created_at < statement_timestamp() - p_keep
    limit p_limit
  );
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;

comment on function private.purge_drafts is
'Ends the retention of drafts and summaries, 30 days after they were asked for: what an agent made
of one is a message. At most p_limit a call, returns how many. What they cost stays in ai_calls.';
revoke all on function private.purge_drafts from public;
grant execute on function private.purge_drafts to service_role;
