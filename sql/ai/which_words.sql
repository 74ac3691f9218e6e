-- With and without the accents that people leave out.
create or replace function private.which_words()
returns text[]
language sql
immutable
security invoker
set search_path = ''
as $$
  select string_to_array(
    'number no nr num option choice answer article topic the a b c one two three first second '
    'third 1st 2nd 3rd last former latter both neither none want would like take choose pick mean '
    'nummer auswahl antwort thema der die das den dem eins zwei drei erste ersten erstes zweite '
    'zweiten zweites dritte dritten drittes letzte letzten letztes beide keine '
    'will möchte nehme meine '
    'número numero opción opcion respuesta tema el la lo los las uno una dos tres primero primera '
    'segundo segunda tercero tercera último ultimo última ultima ambos ninguno ninguna quiero '
    'numéro réponse reponse sujet le les un une deux trois premier première premiere deuxième '
    'deuxieme troisième troisieme dernier dernière derniere aucun aucune '
    'veux voudrais prends '
    'opzione scelta risposta argomento il due tre primo prima secondo seconda terzo terza ultimo '
    'entrambi nessuno nessuna voglio vorrei prendo '
    'opção opcao resposta o os as um uma dois duas três primeiro primeira terceiro terceira '
    'nenhum nenhuma quero gostaria '
    'optie keuze antwoord onderwerp de het een twee drie eerste tweede derde laatste geen '
    'wil neem kies bedoel '
    'numer opcja opcję opcje odpowiedź odpowiedz temat jeden jedna dwa trzy pierwszy pierwsza '
    'pierwsze pierwszą drugi druga drugie drugą trzeci trzecia trzecie trzecią ostatni ostatnia '
    'żaden żadna zaden zadna chcę chce wybieram '
    'номер вариант ответ тема один одна два две три первый первая первое второй вторая второе '
    'третий третья третье последний последняя оба никакой '
    'хочу выбираю '
    'numara numarası seçenek secenek cevap konu bir iki üç birinci ikinci üçüncü ilk ilki son '
    'sonuncu hiçbiri hicbiri istiyorum seçiyorum '
    'رقم الرقم خيار الخيار واحد اثنان ثلاثة الأول الاول الأولى الاولى الثاني الثانية الثالث '
    'الثالثة الأخير لا شيء أريد أختار '
    '第一个 第二个 第三个 第一 第二 第三 最后一个 选项一 选项二 选项三 选第一个 选第二个 选第三个 一 二 三',
    ' '
  );
$$;

comment on function private.which_words is
'Words of twelve languages by which people say which one they mean: "number 1", "the second".';
revoke all on function private.which_words from public;
grant execute on function private.which_words to service_role;
