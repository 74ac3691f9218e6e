create or replace function private.keep_looked_up(p_results jsonb)
returns jsonb
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'tool', left(results.result ->> 'tool', 63),
      'content', left(results.result ->> 'content', 4000),
      'sources', case
        when length((results.result -> 'sources')::text) <= 2000 then results.result -> 'sources'
        else '[]'
      end
    ) order by results.place), '[]')
    from jsonb_array_elements(
      case when jsonb_typeof(p_results) = 'array' then p_results else '[]' end
    ) with ordinality as results (result, place)
    where results.place <= 8
  );
end;
$$;

comment on function private.keep_looked_up is
'What tools gave, as the model saw it: [{tool, content, sources: [{article_id, title,
version}]}], of at most eight calls 4,000 characters each. It stands in the run itself and goes
with it, as a customer''s data may be among it.';
revoke all on function private.keep_looked_up from public;
grant execute on function private.keep_looked_up to service_role;
