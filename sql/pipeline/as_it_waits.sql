create or replace function private.as_it_waits(p_line jsonb)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_waits boolean := exists (
    select 1
    from private.unread_mail
    where unread_mail.inbound_id = (p_line ->> 'inbound_id')::bigint
      and unread_mail.state <> 'dead'
  );
begin
  return p_line || jsonb_build_object(
    'reads_again', v_waits,
    'becomes', case when v_waits then '"waiting"' else p_line -> 'becomes' end
  );
end;
$$;

comment on function private.as_it_waits is
'A replay''s report on a request; of a mail only that it is read again, as what it says is known
once a worker has done so.';
revoke all on function private.as_it_waits from public;
grant execute on function private.as_it_waits to service_role;
