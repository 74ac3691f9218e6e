-- One that was found for another share of wrong answers says nothing about this one.
create or replace function private.tuned_threshold(
  p_channel_type text,
  p_language text,
  p_max_wrong_rate double precision
)
returns double precision
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select ai_thresholds.threshold
    from public.ai_thresholds
    where ai_thresholds.threshold is not null
      and ai_thresholds.max_wrong_rate = p_max_wrong_rate
      and coalesce(ai_thresholds.channel_type, p_channel_type) = p_channel_type
      and (
        ai_thresholds.language is null or private.speaks(p_language, ai_thresholds.language)
      )
    order by ai_thresholds.channel_type is null, ai_thresholds.language is null
    limit 1
  );
end;
$$;

comment on function private.tuned_threshold is
'The confidence above which labels promise no more wrong answers than this share; null without.';
revoke all on function private.tuned_threshold from public;
grant execute on function private.tuned_threshold to authenticated, service_role;
