-- Labels that prove nothing yet, for or against, leave the gate as it is set: bad luck with the
-- first sixty must not silence the AI.
create or replace function private.retune_thresholds()
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_scope record;
  v_found jsonb;
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
    v_found := private.best_threshold(
      v_scope.channel_type, v_scope.language, v_scope.rate, '{agent,rating}'
    );
    if v_found -> 'is_undecided' = 'true'
      or (v_found ->> 'labels')::integer < private.labels_needed(v_scope.rate) then
      v_found := v_found - '{threshold,bound,wrong}'::text[];
    end if;
    perform private.store_threshold(
      v_scope.channel_type, v_scope.language, v_scope.rate, v_found
    );
    v_count := v_count + 1;
  end loop;
  return v_count;
end;
$$;

comment on function private.retune_thresholds is
'Looks hourly, and when a setting changed, what the labels say of every channel and language that
has settings or a threshold; returns of how many.';
revoke all on function private.retune_thresholds from public;
grant execute on function private.retune_thresholds to service_role;
