create or replace function private.run_text(p_hash text)
returns text
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select run_texts.content
    from private.run_texts
    where run_texts.hash = decode(p_hash, 'hex')
  );
end;
$$;

comment on function private.run_text is
'A text that a model was shown, by its hash.';
revoke all on function private.run_text from public;
grant execute on function private.run_text to authenticated, service_role;
