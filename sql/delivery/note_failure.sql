-- An error of no known class may name the customer: of it the code alone is kept here, its words
-- stay with the delivery, where erasing finds them (R82).
create or replace function private.note_failure(p_delivery private.deliveries)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_class text := private.failure_class(p_delivery.channel_type, p_delivery.error_code);
begin
  if v_class in ('throttled', 'transient', 'account', 'unknown') then
    perform private.note_channel_error(
      p_delivery.channel_id, 'out_error', coalesce(p_delivery.error_code, 'unknown'),
      case when v_class <> 'unknown' then p_delivery.error end
    );
  end if;

  update public.channels
  set retry_at = clock_timestamp()
  where channels.id = p_delivery.channel_id and channels.retry_at > clock_timestamp()
    and coalesce(channels.judged_at < p_delivery.attempted_at, true);
end;
$$;

comment on function private.note_failure is
'Keeps what a failed send says of its channel; a message that went to see whether our account
is still refused, and failed by itself, leaves that to the next.';
revoke all on function private.note_failure from public;
grant execute on function private.note_failure to service_role;
