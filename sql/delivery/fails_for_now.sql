create or replace function private.fails_for_now(p_delivery private.deliveries, p_code text)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return p_delivery.channel_type = 'whatsapp'
    and p_delivery.state in ('sending', 'sent', 'unknown')
    and p_delivery.part_ids = '{}'
    and case private.failure_class(p_delivery.channel_type, p_code)
      when 'account' then true
      when 'transient' then p_delivery.failures < 7
      when 'throttled'
        then coalesce(p_delivery.throttled_at > clock_timestamp() - interval '1 day', true)
      else false
    end;
end;
$$;

comment on function private.fails_for_now is
'Whether a platform that reports a message as failed would take it later: too fast, held back for
now, out of order for now, our account refused for now.';
revoke all on function private.fails_for_now from public;
grant execute on function private.fails_for_now to service_role;
