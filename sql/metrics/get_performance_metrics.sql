create or replace function public.get_performance_metrics(p_range interval default '24 hours')
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_since timestamptz;
  v_figures jsonb;
begin
  perform private.require_agent();
  if p_range is null or p_range <= interval '0' or p_range > interval '400 days' then
    raise exception using
      errcode = 'PT400',
      message = 'the range is more than nothing and at most 400 days',
      hint = 'as ''24 hours''';
  end if;
  v_since := statement_timestamp() - p_range;

  v_figures := private.performance_of(v_since);
  return v_figures -> 'all' || jsonb_build_object(
    'averageResponseTime', v_figures #> '{all,avgResponseTime}',
    'activeConversations', (
      select count(*)
      from public.conversations
      where conversations.status <> 'resolved'
    ),
    'channelPerformance', v_figures - 'all',
    'channelBreakdown', (
      select coalesce(jsonb_object_agg(parts.key, parts.value -> 'messages'), '{}')
      from jsonb_each(v_figures - 'all') as parts
    ),
    'since', v_since
  );
end;
$$;

comment on function public.get_performance_metrics is
'The dashboard''s figures over a range (R58 to R66): avgResponseTime in milliseconds,
aiResolutionRate and messageDeliveryRate as shares of 1, per channel too. PT400, PT403.';
revoke all on function public.get_performance_metrics
from public, anon, authenticated, service_role;
grant execute on function public.get_performance_metrics to authenticated, service_role;
