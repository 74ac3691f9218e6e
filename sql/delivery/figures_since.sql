create or replace function private.figures_since(p_from timestamptz)
returns table (channel_id uuid, figure text, step smallint, count bigint)
language sql
stable
security invoker
set search_path = ''
as $$
  with summed_up as materialized (
    select delivery_days.day
    from private.delivery_days
    where delivery_days.day >= p_from
      and not exists (
        select 1
        from private.delivery_changes
        where delivery_changes.day = delivery_days.day
      )
  ),

  gaps as (
    select
      coalesce(lag(edges.day) over (order by edges.day) + interval '24 hours', p_from) as from_at,
      edges.day as until_at
    from (
      select summed_up.day
      from summed_up
      union all
      select 'infinity'
    ) as edges (day)
  )

  select
    delivery_figures.channel_id, delivery_figures.figure, delivery_figures.step,
    delivery_figures.count
  from summed_up
  join private.delivery_figures on delivery_figures.day = summed_up.day
  union all
  select figures.*
  from gaps
  cross join lateral private.figures_between(gaps.from_at, gaps.until_at) as figures
  where gaps.from_at < gaps.until_at;
$$;

comment on function private.figures_since is
'The figures of all deliveries since a moment: of days that are summed up and have not changed since
their sums, of all other time the rows.';
revoke all on function private.figures_since from public;
grant execute on function private.figures_since to authenticated, service_role;
