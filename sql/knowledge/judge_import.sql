create or replace function private.judge_import(p_articles jsonb)
returns table (item jsonb, place bigint, fault text)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return query
  select
    given.value, given.place,
    coalesce(
      private.import_fault(given.value),
      case when row_number() over (
        partition by given.value ->> 'source', given.value ->> 'key' order by given.place
      ) > 1 then 'has the place of another' end
    )
  from jsonb_array_elements(p_articles) with ordinality as given (value, place);
end;
$$;

comment on function private.judge_import is
'The parts of a document in order, each with why it cannot become an article, if so.';
revoke all on function private.judge_import from public;
grant execute on function private.judge_import to authenticated, service_role;
