create or replace function private.failure_text(p_language text)
returns text
language sql
immutable
security invoker
set search_path = ''
as $$
  select case split_part(lower(coalesce(p_language, 'en')), '-', 1)
    when 'de' then 'Unsere letzte Antwort konnten wir Ihnen hier nicht zustellen. '
      || 'Eine Kollegin oder ein Kollege meldet sich bei Ihnen.'
    when 'es' then 'No hemos podido entregarle aquí nuestra última respuesta. '
      || 'Una persona de nuestro equipo le escribirá.'
    when 'fr' then 'Notre dernière réponse n''a pas pu vous être remise ici. '
      || 'Un membre de notre équipe vous écrira.'
    when 'it' then 'Non siamo riusciti a consegnarle qui la nostra ultima risposta. '
      || 'Una persona del nostro team le scriverà.'
    when 'pt' then 'Não conseguimos entregar aqui a nossa última resposta. '
      || 'Uma pessoa da nossa equipe escreverá para você.'
    when 'nl' then 'Ons laatste antwoord konden we hier niet bezorgen. '
      || 'Een collega neemt contact met u op.'
    when 'pl' then 'Nie udało się dostarczyć tutaj naszej ostatniej odpowiedzi. '
      || 'Napisze do Ciebie osoba z naszego zespołu.'
    when 'ru' then 'Нам не удалось доставить сюда наш последний ответ. '
      || 'Вам напишет сотрудник.'
    when 'tr' then 'Son yanıtımızı buraya iletemedik. Ekibimizden biri size yazacak.'
    when 'ar' then 'تعذّر علينا إيصال ردّنا الأخير إليك هنا. سيكتب إليك أحد أفراد فريقنا.'
    when 'zh' then '我们的上一条回复未能送达。我们的同事会与您联系。'
    else 'We could not deliver our last answer to you here. A person on our team will write to you.'
  end;
$$;

comment on function private.failure_text is
'What a customer is told when an answer could not be delivered, in 12 languages (R55, R75).';
revoke all on function private.failure_text from public;
grant execute on function private.failure_text to service_role;
