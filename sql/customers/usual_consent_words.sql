-- What customers say who want no messages unasked any more, or want them again, and the words that
-- may stand beside it.
insert into private.consent_words (wish, language, words)
select distinct
  usual.wish,
  usual.language,
  btrim(private.parted(phrases.phrase)) as words
from (
  values
  (
    'opt_out', 'en',
    'stop, stopall, unsubscribe, opt out, optout, stop messages, stop messaging me, '
    'stop sending messages, stop sending me messages, stop writing to me, remove me, '
    'end messages, no more messages'
  ),
  (
    'opt_out', 'ar',
    'stop, إيقاف, ايقاف, توقف, توقفوا, أوقف, أوقفوا الرسائل, إلغاء الاشتراك, الغاء الاشتراك, '
    'الغي الاشتراك, لا أريد رسائل'
  ),
  (
    'opt_out', 'de',
    'stop, stopp, abmelden, abmeldung, abbestellen, austragen, keine nachrichten mehr, '
    'keine werbung, keine werbung mehr, keine weiteren nachrichten'
  ),
  (
    'opt_out', 'es',
    'stop, baja, darme de baja, dar de baja, quiero darme de baja, parar, paren, '
    'desuscribir, desuscribirme, cancelar suscripción, no más mensajes, '
    'no quiero más mensajes'
  ),
  (
    'opt_out', 'fr',
    'stop, arrêt, arrêtez, désabonner, désabonnement, me désabonner, désinscrire, '
    'désinscription, me désinscrire, plus de messages, stop pub'
  ),
  (
    'opt_out', 'it',
    'stop, disiscrivimi, disiscrivermi, disiscrizione, cancellami, annulla iscrizione, '
    'basta messaggi, non voglio più messaggi, niente più messaggi'
  ),
  (
    'opt_out', 'nl',
    'stop, stoppen, afmelden, uitschrijven, meld me af, schrijf me uit, geen berichten meer'
  ),
  (
    'opt_out', 'pl',
    'stop, wypisz, wypisz mnie, wypisz się, rezygnuję, rezygnacja, wyrejestruj, '
    'anuluj subskrypcję, koniec wiadomości, nie chcę więcej wiadomości'
  ),
  (
    'opt_out', 'pt',
    'stop, parar, pare, parem, sair, descadastrar, descadastrar-me, cancelar inscrição, '
    'cancelar subscrição, remover-me, não quero mais mensagens, chega de mensagens'
  ),
  (
    'opt_out', 'ru',
    'стоп, stop, отписаться, отпишите, отпишите меня, отписка, хочу отписаться, '
    'не пишите мне, больше не пишите, не присылайте сообщения'
  ),
  (
    'opt_out', 'tr',
    'stop, dur, durdur, durdurun, ret, iptal mesaj, mesaj istemiyorum, '
    'mesaj almak istemiyorum, artık mesaj istemiyorum, aboneliği iptal et, '
    'aboneliğimi iptal edin, abonelikten çık, listeden çıkar, listeden çıkarın'
  ),
  ('opt_out', 'zh', 'stop, 退订, td, 停止, 取消订阅, 不要再发, 不要再发了, 别再发了, 停止发送, 不要再发消息'),
  (
    'opt_in', 'en',
    'start, unstop, subscribe, resubscribe, opt in, optin, resume, resume messages, '
    'start messages, start sending messages, start sending me messages, '
    'send me messages again, subscribe me'
  ),
  (
    'opt_in', 'ar',
    'start, ابدأ, ابدا, بدء, اشترك, اشتراك, الاشتراك, أريد رسائل, أريد الرسائل, استئناف'
  ),
  (
    'opt_in', 'de',
    'start, starten, anmelden, anmeldung, abonnieren, wieder anmelden, wieder nachrichten, '
    'nachrichten wieder, wieder werbung'
  ),
  (
    'opt_in', 'es',
    'start, alta, darme de alta, dar de alta, quiero darme de alta, suscribir, suscribirme, '
    'reanudar, quiero mensajes'
  ),
  (
    'opt_in', 'fr',
    'start, abonner, réabonner, abonnement, m''abonner, me réabonner, inscrire, m''inscrire, '
    'me réinscrire, réinscription, reprendre, reprenez'
  ),
  (
    'opt_in', 'it',
    'start, iscrivimi, iscrivermi, riscrivimi, riscrivermi, iscrizione, riattiva, riprendi'
  ),
  (
    'opt_in', 'nl',
    'start, starten, aanmelden, inschrijven, meld me aan, schrijf me in, weer berichten'
  ),
  ('opt_in', 'pl', 'start, zapisz, zapisz mnie, subskrybuj, wznów, chcę wiadomości'),
  (
    'opt_in', 'pt',
    'start, inscrever, inscrever-me, assinar, reativar, retomar, quero mensagens, '
    'quero receber mensagens'
  ),
  (
    'opt_in', 'ru',
    'старт, start, подписаться, подпишите, подпишите меня, подписка, хочу подписаться, '
    'возобновить'
  ),
  (
    'opt_in', 'tr',
    'start, başla, başlat, başlatın, mesaj istiyorum, mesaj almak istiyorum, abone ol, '
    'abone olmak istiyorum, listeye ekle, listeye ekleyin'
  ),
  ('opt_in', 'zh', 'start, 开始, 订阅, 重新订阅, 恢复, 恢复订阅, 恢复发送, 我要订阅'),
  (
    'politely', 'en',
    'please, pls, the, messages, me, now, all, from, this, these, list, to, your'
  ),
  ('politely', 'ar', 'من, فضلك, فضلكم, رجاء, الرسائل, كل'),
  (
    'politely', 'de',
    'bitte, alle, mich, diese, den, newsletter, die, nachrichten, von, ihnen, jetzt, mehr'
  ),
  ('politely', 'es', 'por, favor, los, mensajes, quiero, ya, la, de, esta, lista, me'),
  (
    'politely', 'fr',
    's''il, vous, te, plaît, svp, stp, merci, les, messages, de, cette, liste, tous'
  ),
  ('politely', 'it', 'per, favore, i, messaggi, grazie, dalla, lista, da, questa'),
  (
    'politely', 'nl',
    'graag, alstublieft, alsjeblieft, aub, svp, met, de, berichten, mij, me, nu, alle, van, '
    'deze, lijst'
  ),
  ('politely', 'pl', 'proszę, z, tej, listy, wszystkie, wiadomości, mnie, już'),
  ('politely', 'pt', 'por, favor, as, mensagens, de, me, quero, desta, lista, da'),
  ('politely', 'ru', 'пожалуйста, меня, от, рассылки, все, сообщения, больше, мне'),
  ('politely', 'tr', 'lütfen, mesajları, beni, artık, bu'),
  ('politely', 'zh', '请, 了, 我, 消息, 短信, 给')
) as usual (wish, language, phrases)
cross join lateral string_to_table(usual.phrases, ', ') as phrases (phrase)
on conflict do nothing;
