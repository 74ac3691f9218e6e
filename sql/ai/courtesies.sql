-- With and without the accents that people leave out. Words that may ask for something by
-- themselves are missing: a French "bon" is a voucher, and a German one a receipt.
create or replace function private.courtesies()
returns text[]
language sql
immutable
security invoker
set search_path = ''
as $$
  select string_to_array(
    'ok okay oki okey k kk yes yep yeah yup ya no nope nah sure fine alright right good great '
    'nice cool perfect thanks thank thx ty cheers please pls welcome hello hi hey dear sir madam '
    'morning afternoon evening regards kind best sincerely hm mm ah aha oh lol haha hahaha '
    'understood agreed exactly correct done maybe bye goodbye got it '
    'ja jep jo nein nö doch gut super prima toll klasse danke dankeschön vielen dank bitte gerne '
    'hallo moin servus guten morgen tag abend liebe grüße grüsse gruß gruss freundlichen viele '
    'genau klar passt stimmt verstanden vielleicht tschüss sehr geehrte damen herren mfg '
    'sí si bueno bien genial perfecto claro gracias muchas por favor hola buenos buenas '
    'días dias tardes noches saludos atentamente entendido adiós adios estimados '
    'oui ouais non accord daccord parfait merci beaucoup svp stp plaît plait bonjour bonsoir '
    'salut cordialement compris entendu voilà voila peut être '
    'sì va bene perfetto certo grazie mille prego favore ciao buongiorno buonasera salve saluti '
    'cordiali capito esatto forse '
    'não nao bom boa beleza certo perfeito obrigado obrigada olá ola oi dia tarde noite '
    'cumprimentos entendi tchau talvez '
    'nee oké prima goed mooi bedankt dankjewel alstublieft hoi goedemorgen goedemiddag groeten '
    'groet vriendelijke met duidelijk begrepen misschien '
    'tak nie dobrze dobra świetnie swietnie dziękuję dziekuje dzięki dzieki proszę prosze cześć '
    'czesc witam dzień dzien dobry pozdrawiam jasne rozumiem '
    'да нет ок окей хорошо ладно отлично понятно ясно спасибо благодарю пожалуйста привет '
    'здравствуйте добрый день уважением ага угу '
    'evet hayır hayir tamam peki olur güzel teşekkürler tesekkurler teşekkür tesekkur ederim '
    'ederiz sağol sağolun lütfen lutfen merhaba selam günaydın iyi günler saygılarımla anladım '
    'نعم لا أجل حسنا حسناً تمام طيب شكرا شكراً جزيلا من فضلك مرحبا السلام عليكم وعليكم موافق اوك '
    '好 好的 好吧 好的谢谢 是 是的 不 不是 对 对的 行 可以 嗯 嗯嗯 哦 谢谢 谢谢你 谢谢您 多谢 你好 您好 没有 没事 '
    '明白 明白了 知道了 再见',
    ' '
  );
$$;

comment on function private.courtesies is
'Words of twelve languages that ask nothing: yes, no, thanks, greetings, what ends a letter.';
revoke all on function private.courtesies from public;
grant execute on function private.courtesies to service_role;
