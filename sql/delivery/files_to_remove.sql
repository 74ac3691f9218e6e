-- What is deleted is gone from storage.objects: there is nothing to record and nothing to lose.
create or replace function private.files_to_remove(p_limit integer)
returns setof text
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  if not exists (select 1 from private.removed_files) then
    return;
  end if;

  delete from private.removed_files
  where removed_files.until < statement_timestamp()
    and not exists (
      select 1
      from storage.objects
      where objects.bucket_id = 'media' and starts_with(objects.name, removed_files.prefix)
    );

  return query
  select objects.name
  from storage.objects
  join private.removed_files on starts_with(objects.name, removed_files.prefix)
  where objects.bucket_id = 'media'
  order by objects.name
  limit p_limit;
end;
$$;

comment on function private.files_to_remove is
'Paths in the bucket media that the worker must delete now (U13).';
revoke all on function private.files_to_remove from public;
grant execute on function private.files_to_remove to service_role;
