-- Where pg_cron is to be had, the database keeps the six seconds with every process of ours dead.
do $$
begin
  if exists (
    select 1
    from pg_catalog.pg_available_extensions
    where pg_available_extensions.name = 'pg_cron'
  ) then
    create extension if not exists pg_cron;
    perform cron.schedule('romashka-sweep', '1 second', 'select private.sweep()');
    perform cron.schedule(
      'romashka-cron-log', '17 3 * * *',
      'delete from cron.job_run_details where end_time < now() - interval ''1 day'''
    );
  end if;
end;
$$;
