create or replace function private.blank_trials(p_conversation_ids uuid[])
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update public.ai_backtest_items
  set reply = null, error = null, sources = '[]'
  where ai_backtest_items.conversation_id = any (p_conversation_ids);

  update public.ai_drafts
  set content = null, error = null, sources = '[]'
  where ai_drafts.conversation_id = any (p_conversation_ids);
end;
$$;

comment on function private.blank_trials is
'Takes what was said out of trials of the past, drafts and summaries.';
revoke all on function private.blank_trials from public;
grant execute on function private.blank_trials to service_role;
