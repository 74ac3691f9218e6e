create or replace function private.remove_files(p_prefixes text[])
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  insert into private.removed_files (prefix)
  select distinct prefixes.prefix
  from unnest(p_prefixes) as prefixes (prefix)
  order by 1
  on conflict (prefix) do update set until = excluded.until;

  perform private.broadcast(array['worker'], array['media'], array['{}'::jsonb]);
  return (
    select count(*)
    from storage.objects
    join unnest(p_prefixes) as prefixes (prefix) on starts_with(objects.name, prefixes.prefix)
    where objects.bucket_id = 'media'
  );
end;
$$;

comment on function private.remove_files is
'Has the worker delete every file of the bucket media under these beginnings, those that are still
being uploaded as well; returns how many are there now.';
revoke all on function private.remove_files from public;
grant execute on function private.remove_files to service_role;
