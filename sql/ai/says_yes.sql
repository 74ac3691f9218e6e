create or replace function private.says_yes(p_text text)
returns boolean
language sql
immutable
security invoker
set search_path = ''
as $$
  with said as (
    select string_to_array(
      btrim(regexp_replace(lower(normalize(p_text, nfkc)), '[^[:alnum:]]+', ' ', 'g')), ' '
    ) as words
  ),

  known as (
    select
      string_to_array(
        'yes yep yeah yup sure exactly correct right ok okay ja jo jep genau richtig stimmt '
        'sí si claro exacto correcto oui ouais exactement voilà sì esatto giusto sim isso '
        'exatamente klopt inderdaad tak dokładnie да верно точно именно evet aynen doğru '
        'نعم أجل صحيح بالضبط 是 是的 对 对的 没错', ' '
      ) as yes,
      string_to_array(
        'please pls thanks thank you that one the it is bitte danke das por favor gracias '
        's il vous plaît plait svp merci per favore grazie obrigado obrigada graag dank u '
        'je bedankt się zgadza proszę poproszę dziękuję пожалуйста спасибо lütfen '
        'teşekkürler شكرا من فضلك 谢谢', ' '
      ) as beside
  )

  select coalesce(
    length(p_text) <= 60
    and p_text !~ '[?？؟]'
    and said.words && known.yes
    and said.words <@ (known.yes || known.beside),
    false
  )
  from said
  cross join known;
$$;

comment on function private.says_yes is
'Whether a text says yes and nothing but thanks beside it, in twelve languages.';
revoke all on function private.says_yes from public;
grant execute on function private.says_yes to service_role;
