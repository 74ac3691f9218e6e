create or replace function private.likeness(p_one text, p_other text)
returns double precision
language sql
immutable
security invoker
set search_path = ''
as $$
  with runs as (
    select distinct texts.place, substr(texts.words, starts.at, 3) as letters
    from (
      values (1, left(private.folded(p_one), 300)), (2, left(private.folded(p_other), 300))
    ) as texts (place, words)
    cross join lateral generate_series(1, length(texts.words) - 2) as starts (at)
  )

  select coalesce(
    2.0 * (count(*) - count(distinct runs.letters)) / nullif(count(*), 0), 0
  )::double precision
  from runs;
$$;

comment on function private.likeness is
'How alike two texts are by their runs of three letters, 0 to 1 (Dice), over 300 characters.';
revoke all on function private.likeness from public;
grant execute on function private.likeness to service_role;
