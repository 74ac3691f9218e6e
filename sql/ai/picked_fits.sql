create or replace function private.picked_fits()
returns setof text
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return query
  select distinct ai_runs.fit
  from (
    select ai_labels.run_id
    from public.ai_labels
    where ai_labels.source = 'pick'
    order by ai_labels.created_at desc
    limit 1000
  ) as picks
  join public.ai_runs on ai_runs.id = picks.run_id
  where ai_runs.fit is not null;
end;
$$;

comment on function private.picked_fits is
'The fits whose guesses customers corrected lately.';
revoke all on function private.picked_fits from public;
grant execute on function private.picked_fits to service_role;
