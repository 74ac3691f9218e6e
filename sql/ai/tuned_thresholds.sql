-- What was found for another share of wrong answers says nothing about this one.
create or replace function private.tuned_thresholds(
  p_channel_type text,
  p_language text,
  p_max_wrong_rate double precision
)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_object_agg(closest.answerer, closest.found), '{}')
    from (
      select distinct on (found.key) found.key as answerer, found.value as found
      from public.ai_thresholds
      cross join lateral jsonb_each(ai_thresholds.answerers) as found
      where ai_thresholds.max_wrong_rate = p_max_wrong_rate
        and coalesce(ai_thresholds.channel_type, p_channel_type) = p_channel_type
        and (
          ai_thresholds.language is null or private.speaks(p_language, ai_thresholds.language)
        )
      order by
        found.key, found.value ->> 'threshold' is null, ai_thresholds.channel_type is null,
        ai_thresholds.language is null
    ) as closest
  );
end;
$$;

comment on function private.tuned_thresholds is
'What labels found for this share of wrong answers, by answerer, as the closest of ai_thresholds
that has a threshold for them says it; of those without one, how many labels there are.';
revoke all on function private.tuned_thresholds from public;
grant execute on function private.tuned_thresholds to authenticated, service_role;
