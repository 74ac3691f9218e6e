create or replace function private.keep_calls(
  p_run_id uuid,
  p_conversation_id uuid,
  p_purpose text,
  p_calls jsonb
)
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_count integer;
begin
  if coalesce(jsonb_typeof(p_calls), 'null') <> 'array' then
    return 0;
  end if;

  insert into public.ai_calls (
    run_id, conversation_id, purpose, model, wire, outcome, status, input_tokens, cached_tokens,
    output_tokens, reasoning_tokens, is_estimated, cost_microusd, latency_ms, ttft_ms
  )
  select
    p_run_id, p_conversation_id, p_purpose, left(calls.call ->> 'model', 200),
    left(calls.call ->> 'wire', 50), left(calls.call ->> 'outcome', 50),
    private.number_of(calls.call -> 'status'), used.input, used.cached, used.output,
    coalesce(private.number_of(calls.call #> '{usage,reasoning_tokens}'), 0),
    coalesce(calls.call #> '{usage,estimated}' = 'true', false),
    private.call_cost(calls.call ->> 'model', used.input, used.cached, used.output),
    private.number_of(calls.call -> 'latency_ms'), private.number_of(calls.call -> 'ttft_ms')
  from jsonb_array_elements(p_calls) as calls (call)
  cross join lateral (
    select
      greatest(coalesce(private.number_of(calls.call #> '{usage,input_tokens}'), 0), 0) as input,
      greatest(coalesce(private.number_of(calls.call #> '{usage,cached_tokens}'), 0), 0) as cached,
      greatest(coalesce(private.number_of(calls.call #> '{usage,output_tokens}'), 0), 0) as output
  ) as used
  where jsonb_typeof(calls.call) = 'object'
  limit 50;
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;

comment on function private.keep_calls is
'Keeps every call that was made to a model for one reply, also those that were cancelled or lost a
race: they cost what they cost. Returns how many.';
revoke all on function private.keep_calls from public;
grant execute on function private.keep_calls to service_role;
