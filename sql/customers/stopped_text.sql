create or replace function private.stopped_text(p_language text)
returns text
language sql
immutable
security invoker
set search_path = ''
as $$
  select case split_part(lower(coalesce(p_language, 'en')), '-', 1)
    when 'de' then 'Wir schicken Ihnen keine Nachrichten mehr, um die Sie nicht gebeten haben. '
      || 'Wenn Sie uns schreiben, antworten wir Ihnen weiterhin.'
    when 'es' then 'Ya no le enviaremos mensajes que no haya pedido. Si nos escribe, le seguiremos '
      || 'respondiendo.'
    when 'fr' then 'Nous ne vous enverrons plus de messages que vous n''avez pas demandés. Si vous '
      || 'nous écrivez, nous vous répondrons toujours.'
    when 'it' then 'Non le invieremo più messaggi che non ha richiesto. Se ci scrive, le '
      || 'risponderemo come sempre.'
    when 'pt' then 'Não enviaremos mais mensagens que você não tenha pedido. Se você nos escrever, '
      || 'continuaremos a responder.'
    when 'nl' then 'Wij sturen u geen berichten meer waar u niet om hebt gevraagd. Als u ons '
      || 'schrijft, antwoorden we u gewoon.'
    when 'pl' then 'Nie będziemy już wysyłać wiadomości, o które nie prosisz. Jeśli do nas '
      || 'napiszesz, nadal odpowiemy.'
    when 'ru' then 'Мы больше не будем присылать вам сообщения, о которых вы не просили. Если вы '
      || 'нам напишете, мы по-прежнему ответим.'
    when 'tr' then 'Bundan sonra siz istemedikçe size mesaj göndermeyeceğiz. Bize yazarsanız yine '
      || 'yanıt veririz.'
    when 'ar' then 'لن نرسل إليك بعد الآن رسائل لم تطلبها. وإذا كتبت إلينا فسنجيبك كالمعتاد.'
    when 'zh' then '我们不会再主动给您发送消息。如果您给我们留言，我们仍会回复。'
    else 'We will not send you any more messages that you have not asked for. If you write to us, '
      || 'we will still answer.'
  end;
$$;

comment on function private.stopped_text is
'What a customer is told who has said STOP, in 12 languages; English for any other.';
revoke all on function private.stopped_text from public;
grant execute on function private.stopped_text to service_role;
