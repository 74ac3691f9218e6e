create or replace function private.likeness(p_one text, p_other text)
returns double precision
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_one text := left(private.folded(p_one), 300);
  v_other text := left(private.folded(p_other), 300);
  v_alike double precision;
begin
  if v_one = v_other then
    return 1;
  elsif least(length(v_one), length(v_other)) < 0.7 * greatest(length(v_one), length(v_other)) then
    return 0;
  end if;

  select 2.0 * (count(*) - count(distinct runs.letters)) / nullif(count(*), 0) into v_alike
  from (
    select distinct texts.place, substr(texts.words, starts.at, 3) as letters
    from (values (1, v_one), (2, v_other)) as texts (place, words)
    cross join lateral generate_series(1, length(texts.words) - 2) as starts (at)
  ) as runs;
  return coalesce(v_alike, 0);
end;
$$;

comment on function private.likeness is
'How alike two texts are by their runs of three letters, 0 to 1 (Dice), over 300 characters; 0 when
one is much longer than the other.';
revoke all on function private.likeness from public;
grant execute on function private.likeness to service_role;
