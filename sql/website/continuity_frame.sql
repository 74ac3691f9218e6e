create or replace function private.continuity_frame(p_language text)
returns jsonb
language sql
immutable
security invoker
set search_path = ''
as $$
  select case split_part(lower(coalesce(p_language, 'en')), '-', 1)
    when 'de' then '{"before": "Während Sie weg waren, haben wir Ihnen geantwortet:",
      "after": "Sie bekommen diese E-Mail, weil Sie uns Ihre Adresse hinterlassen haben."}'
    when 'es' then '{"before": "Le hemos respondido mientras no estaba:",
      "after": "Recibe este correo porque nos dejó su dirección."}'
    when 'fr' then '{"before": "Nous vous avons répondu en votre absence :",
      "after": "Vous recevez cet e-mail car vous nous avez laissé votre adresse."}'
    when 'it' then '{"before": "Le abbiamo risposto mentre non c''era:",
      "after": "Riceve questa e-mail perché ci ha lasciato il suo indirizzo."}'
    when 'pt' then '{"before": "Respondemos enquanto você esteve ausente:",
      "after": "Você recebe este e-mail porque nos deixou o seu endereço."}'
    when 'nl' then '{"before": "Terwijl u weg was, hebben wij u geantwoord:",
      "after": "U krijgt deze e-mail omdat u ons uw adres hebt gegeven."}'
    when 'pl' then '{"before": "Odpowiedzieliśmy pod Twoją nieobecność:",
      "after": "Otrzymujesz tę wiadomość, ponieważ podano nam ten adres."}'
    when 'ru' then '{"before": "Пока вас не было, мы вам ответили:",
      "after": "Вы получили это письмо, потому что оставили нам свой адрес."}'
    when 'tr' then '{"before": "Siz yokken size yanıt verdik:",
      "after": "Bu e-postayı, bize adresinizi bıraktığınız için alıyorsunuz."}'
    when 'ar' then '{"before": "أجبناك أثناء غيابك:",
      "after": "تصلك هذه الرسالة لأنك تركت لنا عنوانك."}'
    when 'zh' then '{"before": "您离开期间，我们回复了您：",
      "after": "您收到此邮件，是因为您给我们留下了邮箱地址。"}'
    else '{"before": "We answered you while you were away:",
      "after": "You get this e-mail because you left us your address."}'
  end::jsonb;
$$;

comment on function private.continuity_frame is
'What stands before and after the answers in such an e-mail, in 12 languages; English for any
other.';
revoke all on function private.continuity_frame from public;
grant execute on function private.continuity_frame to service_role;
