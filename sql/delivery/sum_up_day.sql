-- Notes go before the rows are counted: what commits in between is counted, and noted still.
create or replace function private.sum_up_day(p_day timestamptz)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  delete from private.delivery_changes
  where delivery_changes.day = p_day;

  insert into private.delivery_days (day)
  values (p_day)
  on conflict (day) do nothing;

  delete from private.delivery_figures
  where delivery_figures.day = p_day;

  insert into private.delivery_figures (day, channel_id, figure, step, count)
  select p_day, figures.channel_id, figures.figure, figures.step, figures.count
  from private.figures_between(p_day, p_day + interval '24 hours') as figures;
end;
$$;

comment on function private.sum_up_day is
'Sums up a day of deliveries, anew where that was done before.';
revoke all on function private.sum_up_day from public;
grant execute on function private.sum_up_day to service_role;
