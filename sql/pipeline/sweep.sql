create or replace function private.sweep()
returns jsonb
language sql
volatile
security invoker
set search_path = ''
as $$
  select jsonb_build_object(
    'handed_over', private.hand_over_overdue(),
    'unknown', private.expire_deliveries(),
    'drafts', private.fail_overdue_drafts(),
    'lost', private.settle_failures(),
    'next_ms', private.overdue_in_ms()
  );
$$;

comment on function private.sweep is
'The safety net, run by every living process and by pg_cron where there is one: overdue turns go to
people (I11), sends of dead workers become unknown (I4), lost answers go to people (R75). Cheap;
doing it twice does nothing. next_ms says when the next turn runs out, null without one.';
revoke all on function private.sweep from public;
grant execute on function private.sweep to service_role;
