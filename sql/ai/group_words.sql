-- A word of "of" says nothing by itself: "two of them" is no place. One of "no" may be a "not"
-- ("non tutti"). What ends a talk in many a language ("das ist alles", "c'est tout", "всё") is no
-- word for all of the choices.
create or replace function private.group_words()
returns table (meant text, words text)
language sql
immutable
security invoker
set search_path = ''
as $$
  values
  (
    'last',
    'last letzte letzter letztes letzten último ultimo última ultima dernier dernière derniere '
    'laatste ostatni ostatnia ostatnie ostatnią последний последняя последнее последнюю son '
    'sonuncu sonuncusu sonuncuyu الأخير الأخيرة الاخير الاخيرة 最后 最后一个 最後一個 最后那个 最后一项'
  ),
  (
    'both',
    'both beide beides beiden ambos ambas entrambi entrambe allebei oba obie obydwa obydwie '
    'оба обе ikisi ikisini ikisinin كلاهما كليهما 两个 两个都 两个都要 两者'
  ),
  (
    'all',
    'all everything alle allen todos todas tous toutes tutti tutte allemaal wszystkie все '
    'hepsi hepsini tümü كلها الكل جميعها 全部 都要 所有'
  ),
  (
    'none',
    'none neither keins keines keine keiner keinen ninguno ninguna aucun aucune nessuno nessuna '
    'nenhum nenhuma geen żaden żadna żadne zaden zadna zadne żadnego żadnej никакой никакая '
    'никакое ничего hiçbiri hicbiri hiçbirini شيء 都不是 以上都不是 一个都不是 没有一个 都不对'
  ),
  (
    'of',
    'of them these those above davon von diesen denen dieser estos estas ellos ellas '
    'anteriores ces ceux celles ci eux elles d entre des di questi queste loro destes destas '
    'deles delas van deze die hen enkele z nich tych из них этих этого bunların bunlardan onların '
    'her لا منها منهم هذه هذا هؤلاء help helps fits hilft passt '
    'opciones options opzioni opções opcoes opcji'
  ),
  ('no', 'nein non não nao nee nie нет hayır 不');
$$;

comment on function private.group_words is
'Words of twelve languages for the last of what was offered, both, all or none of it, and those that
stand beside them ("no, none of these options"), a text for each.';
revoke all on function private.group_words from public;
grant execute on function private.group_words to service_role;
