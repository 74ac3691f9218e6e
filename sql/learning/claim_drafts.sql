create or replace function private.claim_drafts(p_worker text, p_limit integer)
returns setof jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  return query
  with due as materialized (
    select ai_drafts.id
    from public.ai_drafts
    where ai_drafts.deadline > clock_timestamp()
      and (
        ai_drafts.state = 'waiting'
        or ai_drafts.state = 'running' and not private.worker_lives(ai_drafts.worker)
      )
    order by ai_drafts.created_at
    limit p_limit
    for update skip locked
  ),

  claimed as (
    update public.ai_drafts
    set state = 'running', worker = p_worker, attempt = ai_drafts.attempt + 1
    from due
    where ai_drafts.id = due.id
    returning ai_drafts.*
  )

  select jsonb_build_object(
    'kind', claimed.kind,
    'remaining_ms', private.milliseconds(claimed.deadline - clock_timestamp()),
    'turn', private.draft_turn(claimed::public.ai_drafts)
  )
  from claimed;
end;
$$;

comment on function private.claim_drafts is
'Leases drafts and summaries to a worker: {kind, remaining_ms, turn: as claim_reply_jobs gives
it}.';
revoke all on function private.claim_drafts from public;
grant execute on function private.claim_drafts to service_role;
