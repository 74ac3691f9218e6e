create or replace function private.judge_import(p_articles jsonb)
returns table (item jsonb, place bigint, fault text)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return query
  with parts as (
    select given.value, given.place, first_value(given.value) over alike as earlier,
      row_number() over alike > 1 as is_second
    from jsonb_array_elements(p_articles) with ordinality as given (value, place)
    window alike as (
      partition by given.value ->> 'source', given.value ->> 'key' order by given.place
    )
  )

  select
    parts.value, parts.place,
    coalesce(
      private.import_fault(parts.value),
      case when parts.is_second then private.same_place(parts.value, parts.earlier) end
    )
  from parts
  order by parts.place;
end;
$$;

comment on function private.judge_import is
'The parts of a document in order, each with why it cannot become an article, if so.';
revoke all on function private.judge_import from public;
grant execute on function private.judge_import to authenticated, service_role;
