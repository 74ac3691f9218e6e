create or replace function private.spent_since(p_since timestamptz)
returns table (
  conversation_id uuid,
  channel_type text,
  language text,
  day date,
  microusd bigint,
  unpriced bigint
)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return query
  select
    conversations.id, conversations.channel_type, conversations.language,
    (ai_calls.created_at at time zone 'UTC')::date as on_day,
    coalesce(sum(ai_calls.cost_microusd), 0)::bigint,
    count(*) filter (where ai_calls.cost_microusd is null)
  from public.ai_calls
  left join public.conversations on conversations.id = ai_calls.conversation_id
  where ai_calls.created_at >= p_since and ai_calls.purpose <> 'backtest'
  group by conversations.id, on_day;
end;
$$;

comment on function private.spent_since is
'What models cost, whatever came of it, a line for each conversation and day (of UTC), and one
without a conversation for those that are gone; trials of the past are left out.';
revoke all on function private.spent_since from public;
grant execute on function private.spent_since to authenticated, service_role;
