create or replace function private.resumed_text(p_language text)
returns text
language sql
immutable
security invoker
set search_path = ''
as $$
  select case split_part(lower(coalesce(p_language, 'en')), '-', 1)
    when 'de' then 'Wir schicken Ihnen wieder Nachrichten, auch ohne dass Sie darum bitten. Mit '
      || 'STOPP beenden Sie das jederzeit.'
    when 'es' then 'Volveremos a enviarle mensajes, aunque no los haya pedido. Escriba STOP en '
      || 'cualquier momento para dejar de recibirlos.'
    when 'fr' then 'Nous vous enverrons à nouveau des messages, même sans que vous les demandiez. '
      || 'Écrivez STOP à tout moment pour y mettre fin.'
    when 'it' then 'Le invieremo di nuovo messaggi, anche senza che li abbia richiesti. Scriva '
      || 'STOP in qualsiasi momento per non riceverli più.'
    when 'pt' then 'Voltaremos a enviar mensagens, mesmo que você não as tenha pedido. Escreva '
      || 'STOP a qualquer momento para deixar de recebê-las.'
    when 'nl' then 'Wij sturen u weer berichten, ook als u er niet om hebt gevraagd. Schrijf STOP '
      || 'om dat op elk moment te beëindigen.'
    when 'pl' then 'Znów będziemy wysyłać wiadomości, także te, o które nie prosisz. Aby to '
      || 'zakończyć, w każdej chwili napisz STOP.'
    when 'ru' then 'Мы снова будем присылать вам сообщения, в том числе те, о которых вы не '
      || 'просили. Чтобы отказаться, в любой момент напишите СТОП.'
    when 'tr' then 'Bundan sonra siz istemeden de size yeniden mesaj göndereceğiz. Son vermek için '
      || 'istediğiniz zaman DUR yazın.'
    when 'ar' then 'سنرسل إليك الرسائل من جديد، حتى دون أن تطلبها. لإيقافها اكتب STOP في أي وقت.'
    when 'zh' then '我们会再次主动给您发送消息。如不想再收到，请随时回复“退订”。'
    else 'We will send you messages again, also ones that you have not asked for. Write STOP at '
      || 'any time to end that.'
  end;
$$;

comment on function private.resumed_text is
'What a customer is told who had said STOP and has said START, in 12 languages; English for any
other. Each says how to stop again.';
revoke all on function private.resumed_text from public;
grant execute on function private.resumed_text to service_role;
