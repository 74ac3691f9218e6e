create or replace function private.figures_from(
  p_counts jsonb,
  p_totals jsonb,
  p_p95 double precision
)
returns jsonb
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_answered numeric := coalesce((p_counts ->> 'ai_response_time')::numeric, 0);
  v_handed_over numeric := coalesce((p_counts ->> 'hand_over')::numeric, 0);
  v_taken numeric := coalesce((p_counts ->> 'delivery_time')::numeric, 0);
  v_failed numeric := coalesce((p_counts ->> 'delivery_failed')::numeric, 0);
begin
  return jsonb_build_object(
    'avgResponseTime', round(
      (p_totals ->> 'ai_response_time')::numeric / nullif(v_answered, 0), 1
    ),
    'p95ResponseTime', round(p_p95::numeric, 1),
    'aiConfidence', round(
      (p_totals ->> 'ai_confidence')::numeric / (p_counts ->> 'ai_confidence')::numeric, 3
    ),
    'aiResolutionRate', round(v_answered / nullif(v_answered + v_handed_over, 0), 4),
    'messageDeliveryRate', round(v_taken / nullif(v_taken + v_failed, 0), 5),
    'errorRate', round(v_failed / nullif(v_taken + v_failed, 0), 5),
    'answered', v_answered,
    'handedOver', v_handed_over,
    'messages', coalesce((p_counts ->> 'message')::bigint, 0),
    'customerMessages', coalesce((p_totals ->> 'message')::bigint, 0)
  );
end;
$$;

comment on function private.figures_from is
'The figures of get_performance_metrics from counts and totals by metric: {metric_name: number}.';
revoke all on function private.figures_from from public;
grant execute on function private.figures_from to authenticated, service_role;
