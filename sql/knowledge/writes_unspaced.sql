create or replace function private.writes_unspaced(p_language text)
returns boolean
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return split_part(lower(p_language), '-', 1) in ('zh', 'ja', 'th', 'ko', 'km', 'lo', 'my');
end;
$$;

comment on function private.writes_unspaced is
'Whether a language is searched by runs of characters, because words do not stand apart.';
revoke all on function private.writes_unspaced from public;
grant execute on function private.writes_unspaced to authenticated, service_role;
