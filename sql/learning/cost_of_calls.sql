create or replace function private.cost_of_calls(p_calls jsonb)
returns bigint
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select case
      when bool_or(priced.cost is null) then null else coalesce(sum(priced.cost), 0)
    end
    from jsonb_array_elements(
      case when jsonb_typeof(p_calls) = 'array' then p_calls else '[]' end
    ) as calls (call)
    cross join lateral private.call_cost(
      calls.call ->> 'model',
      coalesce(private.number_of(calls.call #> '{usage,input_tokens}'), 0),
      coalesce(private.number_of(calls.call #> '{usage,cached_tokens}'), 0),
      coalesce(private.number_of(calls.call #> '{usage,output_tokens}'), 0)
    ) as priced (cost)
  );
end;
$$;

comment on function private.cost_of_calls is
'What calls cost together; 0 for none, null where one has no price.';
revoke all on function private.cost_of_calls from public;
grant execute on function private.cost_of_calls to service_role;
