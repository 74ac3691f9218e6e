create or replace function private.says_yes(p_text text)
returns boolean
language sql
immutable
security invoker
set search_path = ''
as $$
  select string_to_array(
    btrim(regexp_replace(lower(normalize(left(p_text, 60), nfkc)), '[^[:alnum:]]+', ' ', 'g')), ' '
  ) <@ string_to_array(
    'yes yep yeah yup please sure exactly correct right that one thanks '
    'ja jo jep genau richtig stimmt bitte danke sí si claro exacto correcto por favor '
    'oui ouais exactement voilà voila svp sì esatto giusto sim isso exatamente certo '
    'klopt inderdaad graag tak dokładnie zgadza się proszę да верно точно именно пожалуйста '
    'evet aynen doğru lütfen نعم أجل صحيح بالضبط 是 是的 对 对的 没错',
    ' '
  ) and p_text ~ '[[:alnum:]]';
$$;

comment on function private.says_yes is
'Whether a text says yes and nothing else, in twelve languages.';
revoke all on function private.says_yes from public;
grant execute on function private.says_yes to service_role;
