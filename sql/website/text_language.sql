create or replace function private.text_language(p_texts jsonb, p_language text)
returns text
language sql
immutable
security invoker
set search_path = ''
as $$
  select coalesce(
    case when p_texts ? p_language then p_language end,
    case when p_texts ? 'en' then 'en' end,
    (
      select min(texts.key)
      from jsonb_object_keys(p_texts) as texts (key)
    )
  );
$$;

comment on function private.text_language is
'In which of its languages a text is best shown: the wanted one, else English, else any.';
revoke all on function private.text_language from public;
grant execute on function private.text_language to service_role;
