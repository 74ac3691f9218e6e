create or replace function private.fallback_text(
  p_language text,
  p_channel_type text,
  p_content text
)
returns text
language sql
immutable
security invoker
set search_path = ''
as $$
  select format(
    case split_part(lower(coalesce(p_language, 'en')), '-', 1)
      when 'de' then 'Sie haben uns über %s geschrieben. Unsere Antwort:'
      when 'es' then 'Nos escribió por %s. Nuestra respuesta:'
      when 'fr' then 'Vous nous avez écrit sur %s. Notre réponse :'
      when 'it' then 'Ci ha scritto su %s. La nostra risposta:'
      when 'pt' then 'Você nos escreveu pelo %s. Nossa resposta:'
      when 'nl' then 'U schreef ons via %s. Ons antwoord:'
      when 'pl' then 'Wiadomość do nas przyszła przez %s. Nasza odpowiedź:'
      when 'ru' then 'Вы написали нам через %s. Наш ответ:'
      when 'tr' then 'Bize %s üzerinden yazdınız. Yanıtımız:'
      when 'ar' then 'لقد راسلتنا عبر %s. إليك ردّنا:'
      when 'zh' then '您通过 %s 联系了我们。我们的回复：'
      else 'You wrote to us on %s. Our answer:'
    end,
    case p_channel_type
      when 'whatsapp' then 'WhatsApp' when 'email' then 'E-mail' else initcap(p_channel_type)
    end
  ) || E'\n\n' || p_content
  where p_content <> '';
$$;

comment on function private.fallback_text is
'An answer as it goes out on another channel: after a line, in 12 languages, that says where the
question was asked (R55, R75). Null for one without words.';
revoke all on function private.fallback_text from public;
grant execute on function private.fallback_text to service_role;
