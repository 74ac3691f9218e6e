create or replace function private.beside_words()
returns text[]
language sql
immutable
security invoker
set search_path = ''
as $$
  select string_to_array(
    'the number no nr n ll й я 第 个 個 项 option choice topic please pls thanks i mean it s is '
    'that der die das den nummer punkt bitte ich meine nehme danke ist el la lo número '
    'numero opción opcion por favor quiero gracias es le l numéro choix svp il te vous plaît '
    'plait merci c est opzione per favore grazie voglio o a opção opcao quero obrigado '
    'obrigada de het optie graag alstublieft numer opcja proszę poproszę номер вариант пункт '
    'пожалуйста numara numaralı seçenek lütfen رقم الخيار من فضلك 选 我选 选择 谢谢 num answer '
    'article want would like take choose pick auswahl antwort thema dem will möchte '
    'respuesta tema los las réponse reponse sujet les veux voudrais prends scelta risposta '
    'argomento prima vorrei prendo resposta os as gostaria keuze antwoord onderwerp wil neem '
    'kies bedoel opcję opcje odpowiedź odpowiedz temat chcę chce wybieram ответ тема хочу '
    'выбираю numarası secenek cevap konu istiyorum seçiyorum الرقم خيار أريد أختار l and '
    'und y e et en i oraz и ve و 和 sorry leider',
    ' '
  );
$$;

comment on function private.beside_words is
'Words of twelve languages that stand beside the place of what people choose: "number 1 please".';
revoke all on function private.beside_words from public;
grant execute on function private.beside_words to service_role;
