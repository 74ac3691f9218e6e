create or replace function private.file_of(p_object storage.objects, p_given jsonb)
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select jsonb_build_object(
    'kind', case
      when split_part(mime.type, '/', 1) in ('image', 'video', 'audio')
        then split_part(mime.type, '/', 1)
      else 'document'
    end,
    'path', p_object.name,
    'mime_type', mime.type,
    'filename', left(
      coalesce(
        nullif(regexp_replace(
          p_given ->> 'filename', '^(.*[/\\])?[.[:cntrl:]]*|[[:cntrl:]]', '', 'g'
        ), ''),
        split_part(p_object.name, '/', 3)
      ),
      255
    ),
    'size', private.number_of(p_object.metadata -> 'size')
  )
  from (
    select lower(split_part(coalesce(p_object.metadata ->> 'mimetype', ''), ';', 1))
  ) as mime (type);
$$;

comment on function private.file_of is
'A stored file as a message carries it: {kind, path, mime_type, filename, size}; of the name
that was given without folders.';
revoke all on function private.file_of from public;
grant execute on function private.file_of to service_role;
