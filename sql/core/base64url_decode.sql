create or replace function private.base64url_decode(p_text text)
returns bytea
language sql
immutable
security invoker
set search_path = ''
as $$
  select case
    when p_text ~ '^[A-Za-z0-9_-]*$' and length(p_text) % 4 <> 1 then decode(
      translate(p_text, '-_', '+/') || repeat('=', (4 - length(p_text) % 4) % 4), 'base64'
    )
  end;
$$;

comment on function private.base64url_decode is
'The bytes of base64url text without padding (RFC 4648, 5); null for anything else.';
revoke all on function private.base64url_decode from public;
grant execute on function private.base64url_decode to service_role;
