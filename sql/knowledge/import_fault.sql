-- Rows of a table have their place by their title: without one that is what is missing.
create or replace function private.import_fault(p_item jsonb)
returns text
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  if jsonb_typeof(p_item) <> 'object' then
    return 'is no article';
  elsif coalesce(p_item ->> 'title', '') !~ '\S' then
    return 'has no title';
  elsif coalesce(p_item ->> 'source', '') = '' or coalesce(p_item ->> 'key', '') = '' then
    return 'says not where it comes from';
  elsif length(p_item ->> 'source') > 2000 or length(p_item ->> 'key') > 1000 then
    return 'comes from an address or a heading that is too long';
  elsif length(btrim(p_item ->> 'title')) > 500 then
    return 'has a title of more than 500 characters';
  elsif coalesce(p_item ->> 'body', '') !~ '\S' then
    return 'has no text';
  elsif length(p_item ->> 'body') > 200000 then
    return 'has more than 200,000 characters';
  elsif private.language_tag(p_item ->> 'language') is null then
    return format('is in no language that we know of: %L', left(p_item ->> 'language', 40));
  elsif jsonb_typeof(coalesce(p_item -> 'phrasings', '[]')) <> 'array' then
    return 'has phrasings that are no list';
  elsif jsonb_array_length(coalesce(p_item -> 'phrasings', '[]')) > 200 then
    return 'has more than 200 phrasings';
  elsif exists (
    select
    from jsonb_array_elements(coalesce(p_item -> 'phrasings', '[]')) as phrasings (value)
    where jsonb_typeof(phrasings.value) <> 'string' or length(phrasings.value #>> '{}') > 1000
  ) then
    return 'has a phrasing that is no text of at most 1,000 characters';
  end if;
  return private.use_fault(p_item);
end;
$$;

comment on function private.import_fault is
'Why a part of a document cannot become an article, null when it can.';
revoke all on function private.import_fault from public;
grant execute on function private.import_fault to authenticated, service_role;
