create or replace function private.texts_by_language(p_texts jsonb)
returns jsonb
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  if (
    select count(*) > count(distinct private.require_language(texts.key))
    from jsonb_object_keys(p_texts) as texts (key)
  ) then
    raise exception using
      errcode = 'PT400',
      message = 'there is one text for each language',
      hint = 'DE and de are the same language';
  end if;

  if exists (
    select 1
    from jsonb_each(p_texts) as texts
    where jsonb_typeof(texts.value) <> 'string'
      or texts.value #>> '{}' !~ '\S'
      or length(texts.value #>> '{}') > 2000
  ) then
    raise exception using
      errcode = 'PT400',
      message = 'every text has 1 to 2000 characters',
      hint = '{"en": "Can we help?", "de": "Können wir helfen?"}';
  end if;

  return (
    select coalesce(jsonb_object_agg(private.require_language(texts.key), texts.value), '{}')
    from jsonb_each(p_texts) as texts
  );
end;
$$;

comment on function private.texts_by_language is
'Texts by language, {"en": "…", "pt-BR": "…"}, with the languages in one spelling; refuses empty
texts, texts of more than 2000 characters and languages that there are not, or twice, with PT400.';
revoke all on function private.texts_by_language from public;
grant execute on function private.texts_by_language to authenticated, service_role;
