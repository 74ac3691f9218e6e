create or replace function public.ai_figures(p_interval interval default '30 days')
returns table (
  day date,
  channel_type text,
  language text,
  conversations bigint,
  turns bigint,
  answered bigint,
  handed_over bigint,
  resolved bigint,
  resolved_open bigint,
  resolved_strictly bigint,
  strictly_open bigint,
  cost_microusd bigint,
  unpriced bigint,
  cost_per_conversation double precision,
  p95_ms double precision
)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  perform private.require_agent();
  return query
  select
    cases.day, cases.channel_type, cases.language, count(*),
    sum(cases.turns)::bigint, sum(cases.answered)::bigint, sum(cases.handed_over)::bigint,
    count(*) filter (where judged.resolved = 'yes'),
    count(*) filter (where judged.resolved = 'open'),
    count(*) filter (where judged.resolved_strictly = 'yes'),
    count(*) filter (where judged.resolved_strictly = 'open'),
    sum(spent.microusd)::bigint, sum(spent.unpriced)::bigint,
    case
      when sum(spent.microusd) > 0 or sum(spent.unpriced) = 0
        then sum(spent.microusd)::double precision / count(*)
    end,
    private.percentile_of(array_agg(to_jsonb(cases.slowest_ms)), 0.95)
  from private.ai_cases(
    date_trunc('day', statement_timestamp() - p_interval, 'UTC'), 'infinity'
  ) as cases
  cross join lateral private.judge_case(
    cases.conversation_id, cases.customer_id, cases.first_at, cases.last_answer_at
  ) as judged
  cross join lateral private.spent_on(cases.conversation_id, cases.day) as spent
  group by cases.day, cases.channel_type, cases.language
  order by cases.day desc, cases.channel_type, cases.language;
end;
$$;

comment on function public.ai_figures is
'What the AI did, by day (of UTC), channel and language: conversations, turns, answered and
handed_over turns; resolution twice (judge_case): resolved and resolved_strictly, with those that
are too early to tell (resolved_open, strictly_open); what models cost in millionths of a dollar
(unpriced: calls without a price, which are left out) and per conversation, null where no call
had a price; the 95th percentile of response times in milliseconds. PT403.';
revoke all on function public.ai_figures from public, anon, authenticated, service_role;
grant execute on function public.ai_figures to authenticated, service_role;
