create or replace function private.hand_over_text(p_language text)
returns text
language sql
immutable
security invoker
set search_path = ''
as $$
  select case split_part(lower(coalesce(p_language, 'en')), '-', 1)
    when 'de' then 'Ich gebe Ihre Nachricht an eine Kollegin oder einen Kollegen weiter. '
      || 'Sie bekommen hier eine Antwort.'
    when 'es' then 'Paso su mensaje a una persona de nuestro equipo, que le responderá aquí mismo.'
    when 'fr' then 'Je transmets votre message à un membre de notre équipe, '
      || 'qui vous répondra ici.'
    when 'it' then 'Passo il suo messaggio a una persona del nostro team, che le risponderà qui.'
    when 'pt' then 'Vou passar a sua mensagem para uma pessoa da nossa equipe, '
      || 'que responderá aqui mesmo.'
    when 'nl' then 'Ik geef uw bericht door aan een collega. U krijgt hier antwoord.'
    when 'pl' then 'Przekazuję Twoją wiadomość osobie z naszego zespołu. Odpowiedź otrzymasz tutaj.'
    when 'ru' then 'Я передаю ваше сообщение сотруднику. Он ответит вам здесь.'
    when 'tr' then 'Mesajınızı ekibimizden birine iletiyorum. Size buradan yanıt verecek.'
    when 'ar' then 'سأحوّل رسالتك إلى أحد أفراد فريقنا، وسيردّ عليك هنا.'
    when 'zh' then '我已将您的消息转给同事，他们会在这里回复您。'
    else 'I am passing your message to a person on our team. They will answer you here.'
  end;
$$;

comment on function private.hand_over_text is
'What a customer is told at a hand-over, in 12 languages (R55); English for any other. It is true of
every message, also of one that asks nothing.';
revoke all on function private.hand_over_text from public;
grant execute on function private.hand_over_text to authenticated, service_role;
