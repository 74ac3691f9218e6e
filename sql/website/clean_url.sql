-- Sites put reset links and tokens into addresses; agents need the page, not those.
create or replace function private.clean_url(p_url text)
returns text
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_parts text[] := regexp_match(
    left(p_url, 8000), '^(https?://)(?:[^/?#]*@)?([^/?#@\s]+)([^?#\s]*)(?:\?([^#\s]*))?', 'i'
  );
  v_query text;
begin
  select string_agg(parameters.text, '&' order by parameters.place) into v_query
  from regexp_split_to_table(v_parts[4], '[&;]') with ordinality as parameters (text, place)
  where parameters.text <> ''
    and split_part(parameters.text, '=', 1) !~ '[%+]'
    and split_part(parameters.text, '=', 1) !~* (
      'token|key|pass|pwd|secret|auth|code|sig|session|sid|jwt|otp|hash|credential|mail|phone|'
      || 'nonce|state|ticket|invite|reset'
    );
  return left(
    lower(v_parts[1] || v_parts[2]) || v_parts[3] || coalesce('?' || v_query, ''), 2000
  );
end;
$$;

comment on function private.clean_url is
'The address of a page without what may be secret: name and password, the fragment, and parameters
whose names sound like secrets or persons or are written in an odd way; null for anything but
http and https.';
revoke all on function private.clean_url from public;
grant execute on function private.clean_url to service_role;
