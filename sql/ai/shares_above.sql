create or replace function private.shares_above(
  p_channel_type text,
  p_language text,
  p_answerer text,
  p_sources text[],
  p_nearest integer
)
returns table (
  threshold numeric,
  answers bigint,
  wrong bigint,
  near bigint,
  nearest_wrong bigint
)
language sql
stable
security invoker
set search_path = ''
as $$
  with judged as (
    select
      (ceil(100 * labelled.confidence::numeric) - 1) / 100 as threshold, labelled.is_wrong
    from private.labelled_runs(
      p_channel_type, p_language, p_answerer, p_sources
    ) as labelled
  )

  select distinct on (judged.threshold)
    round(judged.threshold, 2),
    count(*) over above,
    count(*) filter (where judged.is_wrong) over above,
    count(*) over (
      order by judged.threshold desc range between 0.04 preceding and current row
    ),
    count(*) filter (where judged.is_wrong) over (
      order by judged.threshold desc, judged.is_wrong
      rows between p_nearest - 1 preceding and current row
    )
  from judged
  window above as (order by judged.threshold desc)
  order by
    judged.threshold, row_number() over (order by judged.threshold desc, judged.is_wrong) desc;
$$;

comment on function private.shares_above is
'Of every hundredth right below a labelled answer of an answerer: how many of its labelled answers
lie above it, and how many of them are wrong; how many lie within 0.05 of it; how many of the
nearest, so many as are asked for, are wrong.';
revoke all on function private.shares_above from public;
grant execute on function private.shares_above to authenticated, service_role;
