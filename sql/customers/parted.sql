create or replace function private.parted(p_text text)
returns text
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return substr(
    translate(
      regexp_replace(
        private.folded(p_text), '([\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff])(?! )', '\1 ', 'g'
      ), 'ıłø', 'ilo'
    ), 2
  );
end;
$$;

comment on function private.parted is
'The words of a text as consent_words holds them, a blank after each: folded, the letters alike that
keyboards tell apart, every sign of a script without blanks a word of its own.';
revoke all on function private.parted from public;
grant execute on function private.parted to service_role;
