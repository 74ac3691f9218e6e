create or replace function private.upkeep()
returns jsonb
language sql
volatile
security invoker
set search_path = ''
as $$
  select jsonb_build_object(
    'metrics', public.cleanup_expired_metrics(),
    'hours', private.roll_up_hours(),
    'days', private.roll_up_deliveries(),
    'alerts', private.raise_alerts(),
    'expired', private.purge_expired(),
    'visits', private.purge_visits(),
    'backtests', private.purge_backtests(),
    'drafts', private.purge_drafts(),
    'runs', private.purge_runs(),
    'chats', private.continue_by_email(),
    'thresholds', private.retune_thresholds(),
    'gates', private.learn_gates(),
    'spent', private.watch_budget(),
    'models', private.close_model_alerts(),
    'worse', private.watch_ai_now_and_then(),
    'parked', private.settle_parked(),
    'receipts', private.settle_receipts(),
    'fallbacks', private.fall_back_blocked(),
    'channels', private.watch_channels(),
    'orphans', private.give_up_parked(),
    'terms', private.fold_terms(),
    'suggestions', private.mine_suggestions()
  );
$$;

comment on function private.upkeep is
'What needs doing every few seconds: hours and days are summed up, what is kept for a time goes,
alerts rise and fall, channels are looked after, what was parked finds its place or is a dead
letter, answers follow visitors who have left.';
revoke all on function private.upkeep from public;
grant execute on function private.upkeep to service_role;
