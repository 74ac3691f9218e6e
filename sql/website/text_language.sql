create or replace function private.text_language(p_texts jsonb, p_language text)
returns text
language sql
immutable
security invoker
set search_path = ''
as $$
  select texts.key
  from jsonb_object_keys(p_texts) as texts (key)
  order by
    texts.key = p_language desc,
    private.speaks(p_language, texts.key) desc,
    split_part(texts.key, '-', 1) = split_part(p_language, '-', 1) desc,
    private.speaks(texts.key, 'en') desc,
    texts.key
  limit 1;
$$;

comment on function private.text_language is
'In which of its languages a text is best shown: the wanted one, else the same without its region,
or of another one, else English, else any.';
revoke all on function private.text_language from public;
grant execute on function private.text_language to service_role;
