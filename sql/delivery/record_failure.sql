create or replace function private.record_failure(p_delivery private.deliveries, p_result jsonb)
returns text
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_throttled boolean := p_delivery.channel_type <> 'email'
    and p_result ->> 'result' = 'retry'
    and private.failure_class(p_delivery.channel_type, p_result ->> 'code') = 'throttled';
  v_blocked boolean := coalesce(p_result -> 'account_blocked' = 'true', false);
  v_state text := private.state_after(p_delivery, p_result, v_throttled);
begin
  update private.deliveries
  set
    state = v_state,
    failures = deliveries.failures
      + (v_state in ('queued', 'dead') and not v_blocked and not v_throttled)::integer,
    throttled_at = case
      when v_throttled then coalesce(deliveries.throttled_at, clock_timestamp())
    end,
    part_ids = case
      when p_result -> 'external_ids' <> '[]' then private.texts_of(p_result -> 'external_ids')
      else deliveries.part_ids
    end,
    external_id = null, sent_at = null, delivered_at = null, read_at = null,
    lease_until = null,
    next_attempt_at = clock_timestamp() + case
      when v_blocked then interval '0'
      else private.pause_after(
        case when v_throttled then least(p_delivery.attempts, 5) else p_delivery.failures + 1 end,
        p_result -> 'retry_after_s'
      )
    end,
    error_code = left(p_result ->> 'code', 100),
    error = left(p_result ->> 'error', 1000)
  where deliveries.id = p_delivery.id
  returning * into p_delivery;

  perform private.follow_failure(p_delivery, p_result);
  return v_state;
end;
$$;

comment on function private.record_failure is
'After a send that failed: again later, up to 8 times, or for a day where the platform only finds us
too fast; unknown where it may have gone out; a refused
account keeps its queue, of which one message tries again now and then (R72, R73, R76). Mail is
tried for two days, as greylisting asks, and where it may have gone out three times more, as its
Message-ID stays.';
revoke all on function private.record_failure from public;
grant execute on function private.record_failure to service_role;
