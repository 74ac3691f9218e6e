create or replace function private.bucket_percentile(
  p_buckets integer[],
  p_counts bigint[],
  p_share double precision
)
returns double precision
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_left double precision := p_share * (
    select sum(counts.count)
    from unnest(p_counts) as counts (count)
  );
begin
  for v_place in 1 .. coalesce(cardinality(p_buckets), 0) loop
    if v_left <= p_counts[v_place] then
      return greatest(0, 100 * (p_buckets[v_place] + v_left / p_counts[v_place] - 0.5));
    end if;
    v_left := v_left - p_counts[v_place];
  end loop;
  return null;
end;
$$;

comment on function private.bucket_percentile is
'The milliseconds below which a share (0 to 1) of response times lies, from how many fell into which
tenth of a second, in rising order; true to that tenth.';
revoke all on function private.bucket_percentile from public;
grant execute on function private.bucket_percentile to authenticated, service_role;
