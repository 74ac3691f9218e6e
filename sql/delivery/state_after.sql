create or replace function private.state_after(
  p_delivery private.deliveries,
  p_result jsonb,
  p_throttled boolean
)
returns text
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_result text := p_result ->> 'result';
  v_mail boolean := p_delivery.channel_type = 'email';
begin
  return case
    when p_result -> 'account_blocked' = 'true' then 'queued'
    when v_result = 'failed' then 'failed'
    when v_result = 'unknown' and not (v_mail and p_delivery.failures < 3) then 'unknown'
    when p_throttled then case
      when p_delivery.throttled_at < clock_timestamp() - interval '1 day' then 'dead'
      else 'queued'
    end
    when p_delivery.failures >= case when v_mail then 53 else 7 end then 'dead'
    else 'queued'
  end;
end;
$$;

comment on function private.state_after is
'What becomes of a delivery whose send failed with this result: dead after eight errors, or a day
in which the platform found us too fast.';
revoke all on function private.state_after from public;
grant execute on function private.state_after to service_role;
