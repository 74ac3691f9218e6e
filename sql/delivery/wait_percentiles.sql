create or replace function private.wait_percentiles(p_steps smallint[], p_counts bigint[])
returns double precision[]
language sql
immutable
security invoker
set search_path = ''
as $$
  with ranked as (
    select
      steps.step,
      sum(steps.count) over (order by steps.step) as up_to,
      sum(steps.count) over () as total
    from unnest(p_steps, p_counts) as steps (step, count)
    where steps.step is not null
  )

  select array_agg(
    (
      select exp((min(ranked.step) - 0.5) / 50.0)
      from ranked
      where ranked.up_to >= shares.share * ranked.total
    )
    order by shares.share
  )
  from unnest('{0.5,0.95,0.99}'::double precision[]) as shares (share);
$$;

comment on function private.wait_percentiles is
'The milliseconds below which half, 95 and 99 per cent of these waits lie, true to one per cent;
from steps of delivery_figures.';
revoke all on function private.wait_percentiles from public;
grant execute on function private.wait_percentiles to authenticated, service_role;
