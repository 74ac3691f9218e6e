create or replace function private.keep_cut_calls(
  p_job private.reply_jobs,
  p_attempt integer,
  p_calls jsonb
)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.keep_tool_call(
    p_job, p_attempt, calls.call ->> 'tool', calls.call -> 'arguments',
    jsonb_build_object(
      'outcome', 'timeout',
      'latency_ms', coalesce(private.number_of(calls.call -> 'latency_ms'), 0)::integer
    )
  )
  from jsonb_array_elements(
    case when jsonb_typeof(p_calls) = 'array' then p_calls else '[]' end
  ) as calls (call)
  where calls.call ->> 'tool' <> ''
  limit 20;
end;
$$;

comment on function private.keep_cut_calls is
'Keeps calls of tools that the worker cut by time, [{tool, arguments, latency_ms}]: what they wrote
themselves was rolled back, so that the worker tells of them with its reply.';
revoke all on function private.keep_cut_calls from public;
grant execute on function private.keep_cut_calls to service_role;
