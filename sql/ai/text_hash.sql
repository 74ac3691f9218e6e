create or replace function private.text_hash(p_text text)
returns text
language sql
immutable
security invoker
set search_path = ''
as $$
  select encode(sha256(convert_to(p_text, 'UTF8')), 'hex')
  where p_text <> '';
$$;

comment on function private.text_hash is
'The name of a text in run_texts, null for an empty one.';
revoke all on function private.text_hash from public;
grant execute on function private.text_hash to service_role;
