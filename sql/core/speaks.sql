create or replace function private.speaks(p_language text, p_wanted text)
returns boolean
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return p_wanted is null or lower(p_wanted) in (
    lower(p_language), split_part(lower(p_language), '-', 1)
  );
end;
$$;

comment on function private.speaks is
'Whether a language is the wanted one, with or without a region; any when none is wanted.';
revoke all on function private.speaks from public;
grant execute on function private.speaks to authenticated, service_role;
