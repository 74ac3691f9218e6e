create or replace function private.hand_over_lead(p_worker text, p_waiting integer default 0)
returns interval
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select case
      when coalesce(silent.since > interval '2.5 seconds', true)
        then interval '1.3 seconds' + p_waiting * interval '6 milliseconds'
      when silent.since > interval '1.6 seconds' then interval '0.9 seconds'
      else interval '0.55 seconds'
    end
    from (
      select (
        select statement_timestamp() - processes.seen_at
        from private.processes
        where processes.name = p_worker
      ) as since
    ) as silent
  );
end;
$$;

comment on function private.hand_over_lead is
'How long before its deadline a turn is taken from whoever has it (I11). From nobody, or from the
dead, 1.3 s before, and earlier the more wait, each for its few milliseconds. From a worker that
should have shown itself 0.6 s ago as soon as its model had no time left, 0.9 s before. From one
that lives 0.55 s before: a machine that does four things at once is late by some of it.';
revoke all on function private.hand_over_lead from public;
grant execute on function private.hand_over_lead to service_role;
