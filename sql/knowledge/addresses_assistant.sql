-- Letters that cannot be seen and wide forms are undone first: they hide words from patterns alone.
create or replace function private.addresses_assistant(p_text text)
returns text
language sql
immutable
security invoker
set search_path = ''
as $$
  select substring(
    lower(regexp_replace(
      normalize(p_text, nfkc), '[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]', '', 'g'
    )),
    '(?:' || concat_ws(
      '|',
      '(?:ignore|disregard|forget|override|bypass)[^.!?\n]{0,40}'
      || '(?:instruction|prompt|guideline|previous rule|your rules)',
      '(?:ignorier|vergiss|missachte|vergessen sie)[^.!?\n]{0,40}(?:anweisung|vorgabe|prompt)',
      '(?:ignor|olvid|esque[çc]|dimentic|oubli)[^.!?\n]{0,40}'
      || '(?:instruc|instruç|istruzion|consigne|indicacion|indicaç)',
      '(?:negeer|vergeet)[^.!?\n]{0,40}(?:instructie|opdracht|aanwijzing)',
      '(?:zignoruj|ignoruj|zapomnij)[^.!?\n]{0,40}(?:instrukcj|polece)',
      '(?:игнорируй|забудь|проигнорируй)[^.!?\n]{0,40}(?:инструкц|указани|правил)',
      '(?:talimat|yönerge|komut)[^.!?\n]{0,40}(?:yok say|unut|görmezden gel|dikkate alma)',
      '(?:تجاهل|انس)[^.!?\n]{0,40}(?:التعليمات|تعليمات|الأوامر)',
      '(?:忽略|无视|忘记|無視|忘記)[^。！？\n]{0,20}(?:指令|指示|提示|规则|說明|说明)',
      '(?:system|developer) (?:prompt|message)', '<\|?(?:im_start|im_end|system|assistant)\|?>',
      '\[/?inst\]', '(?:^|\n)\s*#*\s*(?:system|assistant)\s*:'
      || '\s*(?:you|ignore|reveal|grant|give|say|tell|reply|always|never)\M',
      'you are (?:now|no longer) (?:an?|the|in) ', 'as an ai(?: language)? (?:model|assistant)',
      '(?:dear|attention|note to|hey) (?:the )?(?:ai|assistant|chat ?bot|language model)',
      '(?:assistant|chat ?bot|ai|model) (?:must|should|shall|has to|will now) '
      || '(?:now |always |only )?'
      || '(?:offer|say|tell|reply|ignore|reveal|give|grant|promise|confirm|refund|add)\M'
    ) || ')'
  );
$$;

comment on function private.addresses_assistant is
'The words of an article that speak to a model instead of to customers ("ignore all instructions"),
null where there are none. It finds what is plain; what an article says is data in any case.';
revoke all on function private.addresses_assistant from public;
grant execute on function private.addresses_assistant to authenticated, service_role;
