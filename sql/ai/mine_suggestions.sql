create or replace function private.mine_suggestions(
  p_wait interval default '24 hours',
  p_limit integer default 50,
  p_most_open integer default 200
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
  with due as (
    delete from private.solved_conversations
    where solved_conversations.conversation_id in (
      select waiting.conversation_id
      from private.solved_conversations as waiting
      where waiting.resolved_at <= clock_timestamp() - p_wait
      order by waiting.resolved_at
      limit p_limit
      for update skip locked
    )
    returning solved_conversations.conversation_id
  )

  select count(private.learn_from(solved.id)::text) into v_count
  from due
  join public.conversations as solved on solved.id = due.conversation_id
  where solved.status = 'resolved'
    and coalesce(solved.satisfaction_score, 5) >= 3
    and not exists (
      select
      from public.conversations as returned
      where returned.customer_id = solved.customer_id and returned.created_at > solved.resolved_at
    );

  if v_count > 0 then
    perform private.prune_suggestions(p_most_open);
  end if;
  return v_count;
end;
$$;

comment on function private.mine_suggestions is
'Learns from conversations that stayed resolved for a day and were not rated badly; returns from how
many. One whose customer came back teaches nothing.';
revoke all on function private.mine_suggestions from public;
grant execute on function private.mine_suggestions to service_role;
