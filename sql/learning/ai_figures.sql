create or replace function public.ai_figures(p_interval interval default '30 days')
returns table (
  day date, channel_type text, language text,
  conversations bigint, turns bigint,
  answered bigint, clarified bigint, handed_over bigint,
  resolved bigint, resolved_open bigint,
  resolved_strictly bigint, strictly_open bigint,
  cost_microusd bigint, unpriced bigint,
  cost_per_conversation double precision, p95_ms double precision
)
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_since timestamptz;
begin
  perform private.require_agent();
  v_since := date_trunc('day', private.looked_back_to(p_interval), 'UTC');
  return query
  select
    coalesce(cases.day, spent.day) as on_day,
    coalesce(cases.channel_type, spent.channel_type) as on_channel,
    coalesce(cases.language, spent.language) as in_language,
    count(cases.turns), coalesce(sum(cases.turns), 0)::bigint,
    coalesce(sum(cases.answered), 0)::bigint, coalesce(sum(cases.clarified), 0)::bigint,
    coalesce(sum(cases.handed_over), 0)::bigint,
    count(*) filter (where judged.resolved = 'yes'),
    count(*) filter (where judged.resolved = 'open'),
    count(*) filter (where judged.resolved_strictly = 'yes'),
    count(*) filter (where judged.resolved_strictly = 'open'),
    coalesce(sum(spent.microusd), 0)::bigint, coalesce(sum(spent.unpriced), 0)::bigint,
    case
      when sum(spent.microusd) > 0 or coalesce(sum(spent.unpriced), 0) = 0
        then coalesce(sum(spent.microusd), 0)::double precision / nullif(count(cases.turns), 0)
    end,
    private.percentile_of(array_agg(to_jsonb(cases.slowest_ms)), 0.95)
  from private.ai_cases(v_since, 'infinity') as cases
  full join private.spent_since(v_since) as spent
    on spent.conversation_id = cases.conversation_id and spent.day = cases.day
  cross join lateral private.judge_case(
    cases.conversation_id, cases.customer_id, cases.first_at, cases.last_answer_at
  ) as judged
  group by on_day, on_channel, in_language
  order by on_day desc, on_channel, in_language;
end;
$$;

comment on function public.ai_figures is
'What the AI did, by day (of UTC), channel and language: conversations, turns, and those that were
answered, clarified (asked back about, or small talk) and handed_over; resolution twice
(judge_case): resolved and resolved_strictly, with those that are too early to tell (resolved_open,
strictly_open); what models cost in millionths of a dollar (unpriced: calls without a price, which
are left out) and by conversation, null where no call had a price or no conversation counts; the
95th percentile of response times in milliseconds. All calls of a day cost, also those of turns that
people took, of shadow, drafts and summaries, which are no conversations of the AI, and of
conversations that are gone (channel and language are null then); backtests alone are left out.
PT400, PT403.';
revoke all on function public.ai_figures from public, anon, authenticated, service_role;
grant execute on function public.ai_figures to authenticated, service_role;
