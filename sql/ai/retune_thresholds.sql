create or replace function private.retune_thresholds()
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_scope record;
  v_count integer := 0;
begin
  for v_scope in
    select scopes.channel_type, scopes.language, scopes.rate
    from private.tuned_scopes() as scopes
    left join public.ai_thresholds
      on (ai_thresholds.channel_type, ai_thresholds.language)
        is not distinct from (scopes.channel_type, scopes.language)
    where scopes.rate < 1
      and (
        ai_thresholds.tuned_at is null
        or ai_thresholds.tuned_at < clock_timestamp() - interval '1 hour'
        or ai_thresholds.max_wrong_rate <> scopes.rate
      )
  loop
    perform private.store_thresholds(
      v_scope.channel_type, v_scope.language, v_scope.rate, private.found_by_labels(
        v_scope.channel_type, v_scope.language, v_scope.rate, '{agent,rating}'
      )
    );
    v_count := v_count + 1;
  end loop;
  return v_count;
end;
$$;

comment on function private.retune_thresholds is
'Looks hourly, and when a setting changed, what the labels say of every answerer on every channel
and in every language that has settings or thresholds; returns of how many of these.';
revoke all on function private.retune_thresholds from public;
grant execute on function private.retune_thresholds to service_role;
