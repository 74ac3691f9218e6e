create or replace function private.request_header(p_name text)
returns text
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_headers text := nullif(current_setting('request.headers', true), '');
begin
  return case when pg_input_is_valid(v_headers, 'jsonb') then v_headers::jsonb ->> p_name end;
end;
$$;

comment on function private.request_header is
'A header (in lower case) of the API request that is under way; null outside of one, as in a plain
connection to the database.';
revoke all on function private.request_header from public;
grant execute on function private.request_header to authenticated, service_role;
