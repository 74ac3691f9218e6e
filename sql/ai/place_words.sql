-- "Prima" is missing: Germans say it of what they like.
create or replace function private.place_words()
returns text[]
language sql
immutable
security invoker
set search_path = ''
as $$
  select array[
    '1 ١ 1st 1er 1re 1e first one eins erste erster erstes ersten primero primera primer uno '
    'un premier première premiere primo primeiro primeira um eerste een pierwszy pierwsza '
    'pierwsze pierwszą jeden первый первая первое первую один birinci birincisi ilk ilki bir '
    'الأول الأولى الاول الاولى واحد una une uma jedna одна 一 第一 第一个 第一個 第一项',
    '2 ٢ 2nd 2e 2ème 2eme second two zwei zweite zweiter zweites zweiten segundo segunda dos '
    'deuxième deuxieme seconde deux secondo seconda due dois duas tweede twee drugi druga '
    'drugie drugą dwa второй вторая второе вторую два ikinci ikincisi iki الثاني الثانية '
    'اثنان 二 две 第二 第二个 第二個 第二项',
    '3 ٣ 3rd 3e 3ème 3eme third three drei dritte dritter drittes dritten tercero tercera '
    'tercer tres troisième troisieme trois terzo terza tre terceiro terceira três derde drie '
    'trzeci trzecia trzecie trzecią trzy третий третья третье третью три üçüncü üçüncüsü üç '
    'الثالث الثالثة ثلاثة 三 第三 第三个 第三個 第三项',
    '4 ٤ 4th 4e 4ème 4eme fourth four vier vierte vierter viertes vierten cuarto cuarta '
    'cuatro quatrième quatrieme quatre quarto quarta quattro quatro vierde czwarty czwarta '
    'czwarte czwartą cztery четвёртый четвертый четвёртая четвертая четыре dördüncü '
    'dördüncüsü dört الرابع الرابعة أربعة 四 第四 第四个 第四個 第四项'
  ];
$$;

comment on function private.place_words is
'The words for the first, second, third and fourth place in twelve languages, a text for each.';
revoke all on function private.place_words from public;
grant execute on function private.place_words to service_role;
