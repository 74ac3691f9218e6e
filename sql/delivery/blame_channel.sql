-- A mail that bounces speaks of the account of whom it went to, not of ours.
create or replace function private.blame_channel(p_delivery private.deliveries)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if p_delivery.channel_type <> 'email'
    and private.failure_class(p_delivery.channel_type, p_delivery.error_code) = 'account' then
    perform private.doubt_channel(p_delivery);
  else
    perform private.note_failure(p_delivery);
  end if;
end;
$$;

comment on function private.blame_channel is
'A platform took a message and failed it later: what that says of our account (R70, R76).';
revoke all on function private.blame_channel from public;
grant execute on function private.blame_channel to service_role;
