create or replace function private.record_failure(p_delivery private.deliveries, p_result jsonb)
returns text
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_result text := p_result ->> 'result';
  v_blocked boolean := coalesce(p_result -> 'account_blocked' = 'true', false);
  v_mail boolean := p_delivery.channel_type = 'email';
  v_state text := case
    when v_blocked then 'queued'
    when v_result = 'failed' then 'failed'
    when v_result = 'unknown' and not (v_mail and p_delivery.failures < 3) then 'unknown'
    when p_delivery.failures >= case when v_mail then 53 else 7 end then 'dead'
    else 'queued'
  end;
begin
  update private.deliveries
  set
    state = v_state,
    failures = deliveries.failures + (v_state in ('queued', 'dead') and not v_blocked)::integer,
    part_ids = case
      when p_result -> 'external_ids' <> '[]' then private.texts_of(p_result -> 'external_ids')
      else deliveries.part_ids
    end,
    external_id = null, sent_at = null, delivered_at = null, read_at = null,
    lease_until = null,
    next_attempt_at = clock_timestamp() + case
      when v_blocked then interval '0'
      else private.pause_after(p_delivery.failures + 1, p_result -> 'retry_after_s')
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
'After a send that failed: again later, up to 8 times; unknown where it may have gone out; a refused
account keeps its queue, of which one message tries again now and then (R72, R73, R76). Mail is
tried for two days, as greylisting asks, and where it may have gone out three times more, as its
Message-ID stays.';
revoke all on function private.record_failure from public;
grant execute on function private.record_failure to service_role;
