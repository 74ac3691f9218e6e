create or replace function private.hand_over_text(p_language text)
returns text
language sql
immutable
security invoker
set search_path = ''
as $$
  select case split_part(lower(coalesce(p_language, 'en')), '-', 1)
    when 'de' then 'Ich gebe Ihre Frage an eine Kollegin oder einen Kollegen weiter. '
      || 'Sie bekommen hier eine Antwort.'
    when 'es' then 'Paso su pregunta a una persona de nuestro equipo. Le responderá aquí mismo.'
    when 'fr' then 'Je transmets votre question à un membre de notre équipe, '
      || 'qui vous répondra ici.'
    when 'it' then 'Passo la sua domanda a una persona del nostro team, che le risponderà qui.'
    when 'pt' then 'Vou passar a sua pergunta a uma pessoa da nossa equipe, '
      || 'que responderá aqui mesmo.'
    when 'nl' then 'Ik geef uw vraag door aan een collega. U krijgt hier antwoord.'
    when 'pl' then 'Przekazuję Twoje pytanie osobie z naszego zespołu. Odpowie tutaj.'
    when 'ru' then 'Я передаю ваш вопрос сотруднику. Он ответит вам здесь.'
    when 'tr' then 'Sorunuzu ekibimizden birine iletiyorum. Size buradan yanıt verecek.'
    when 'ar' then 'سأحوّل سؤالك إلى أحد أفراد فريقنا، وسيجيبك هنا.'
    when 'zh' then '我已将您的问题转给同事，他们会在这里回复您。'
    else 'I am passing your question to a person on our team. They will answer you here.'
  end;
$$;

comment on function private.hand_over_text is
'What a customer is told at a hand-over, in 12 languages (R55); English for any other.';
revoke all on function private.hand_over_text from public;
grant execute on function private.hand_over_text to authenticated, service_role;
