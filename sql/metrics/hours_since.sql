create or replace function private.hours_since(p_since timestamptz)
returns setof private.metric_hours
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_first timestamptz := date_trunc('hour', p_since, 'UTC') + interval '1 hour';
  v_rolled timestamptz := private.rolled_until();
begin
  if (v_rolled > v_first) is not true then
    return query select * from private.hours_between(p_since, 'infinity');
    return;
  end if;

  return query
  select *
  from private.hours_between(p_since, v_first)
  union all
  select metric_hours.*
  from private.metric_hours
  where metric_hours.hour >= v_first and metric_hours.hour < v_rolled
    and metric_hours.metric_name <> 'rolled_up'
  union all
  select *
  from private.hours_between(v_rolled, 'infinity');
end;
$$;

comment on function private.hours_since is
'Measurements and messages since a time, by hour: whole hours as they were summed up, the rest
anew.';
revoke all on function private.hours_since from public;
grant execute on function private.hours_since to authenticated, service_role;
