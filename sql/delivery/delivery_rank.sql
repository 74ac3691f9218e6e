create or replace function private.delivery_rank(p_state text)
returns integer
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return case p_state
    when 'queued' then 0
    when 'sending' then 1
    when 'unknown' then 2
    when 'dead' then 2
    when 'sent' then 3
    when 'failed' then 4
    when 'delivered' then 5
    when 'read' then 6
  end;
end;
$$;

comment on function private.delivery_rank is
'The order of a delivery''s states: a receipt may only raise it (sent < delivered < read).';
revoke all on function private.delivery_rank from public;
grant execute on function private.delivery_rank to service_role;
