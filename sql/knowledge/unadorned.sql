create or replace function private.unadorned(p_text text)
returns text
language sql
immutable
security invoker
set search_path = ''
as $$
  select regexp_replace(
    regexp_replace(
      regexp_replace(
        regexp_replace(p_text, '^( {0,3}#[^\n]*)$', E'\\1\n', 'gn'),
        '(?<!\n)\n(?![ \t]*(?:\n|[-*+#>|]|\d))', ' ', 'g'
      ),
      '</?[a-zA-Z!][^<>]*>|[*`~]', '', 'g'
    ),
    '[ \t_]+', ' ', 'g'
  );
$$;

comment on function private.unadorned is
'The words of a text as they are said: no marks of Markdown or HTML between them, one space where
there are many, lines that run on joined. The worker has the same (worker/guard/plain.py).';
revoke all on function private.unadorned from public;
grant execute on function private.unadorned to authenticated, service_role;
