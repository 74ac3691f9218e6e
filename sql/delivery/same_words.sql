-- No platform takes more than this in one message, and none cuts shorter texts.
create or replace function private.same_words(p_sent text, p_echoed text)
returns boolean
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return btrim(p_sent, E' \t\r\n') = btrim(p_echoed, E' \t\r\n')
    or (
      octet_length(p_sent) > 1000
      and btrim(p_echoed, E' \t\r\n') <> ''
      and position(btrim(p_echoed, E' \t\r\n') in p_sent) > 0
    );
end;
$$;

comment on function private.same_words is
'Whether an echo says what was sent, or a part of it where it was too long for one message.';
revoke all on function private.same_words from public;
grant execute on function private.same_words to service_role;
