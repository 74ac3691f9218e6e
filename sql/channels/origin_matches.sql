create or replace function private.origin_matches(p_origin text, p_allowed text[])
returns boolean
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_origin text := regexp_replace(
    lower(p_origin), '^(http://.*):80$|^(https://.*):443$', '\1\2'
  );
  v_allowed text;
  v_parts text[];
begin
  if v_origin is null or v_origin !~ '^https?://[a-z0-9.-]+(:[0-9]{1,5})?$' then
    return false;
  end if;

  foreach v_allowed in array p_allowed loop
    v_allowed := regexp_replace(v_allowed, '^(http://.*):80$|^(https://.*):443$', '\1\2');
    v_parts := regexp_match(v_allowed, '^(https?://)\*(\..*)$');
    if v_origin = v_allowed
      or (
        starts_with(v_origin, v_parts[1])
        and right(v_origin, length(v_parts[2])) = v_parts[2]
        and length(v_origin) > length(v_parts[1]) + length(v_parts[2])
      ) then
      return true;
    end if;
  end loop;
  return false;
end;
$$;

comment on function private.origin_matches is
'Whether a page''s origin is one of those allowed: scheme, host and port as they are, or any
subdomain of https://*.example.com (not example.com itself).';
revoke all on function private.origin_matches from public;
grant execute on function private.origin_matches to service_role;
