create or replace function private.unadorned(p_text text)
returns text
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_text text := regexp_replace(p_text, '^( {0,3}#[^\n]*)$', E'\\1\n', 'gn');
begin
  v_text := regexp_replace(v_text, '^ {0,3}> ?', '', 'gn');
  v_text := regexp_replace(v_text, '(?<!\n)\n(?![ \t]*(?:\n|[-*+#|]|\d))', ' ', 'g');
  v_text := regexp_replace(
    v_text, '</?[a-zA-Z!][^<>]*>|\]\([^()\n]*\)|[*`~\[\]]', '', 'g'
  );
  return regexp_replace(v_text, '[ \t_-]+', ' ', 'g');
end;
$$;

comment on function private.unadorned is
'The words of a text as they are said: no marks of Markdown or HTML between them, one space where
there are many, lines that run on joined. The worker has the same (worker/guard/plain.py).';
revoke all on function private.unadorned from public;
grant execute on function private.unadorned to authenticated, service_role;
