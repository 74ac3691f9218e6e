create or replace function private.says_no_subject(p_subject text)
returns boolean
language sql
immutable
security invoker
set search_path = ''
as $$
  select coalesce(
    lower(btrim(p_subject, ' ()[]<>-.')) = any (array[
      '', 'no subject', 'kein betreff', 'ohne betreff', 'sin asunto', 'aucun objet', 'sans objet',
      'nessun oggetto', 'senza oggetto', 'sem assunto', 'geen onderwerp', 'brak tematu',
      'bez tematu', 'без темы', 'konu yok', 'konusuz', 'بدون موضوع', 'بلا موضوع', '无主题', '無主旨'
    ]),
    true
  );
$$;

comment on function private.says_no_subject is
'Whether a mail''s subject is none, or what programs for mail write in place of one, in twelve
languages.';
revoke all on function private.says_no_subject from public;
grant execute on function private.says_no_subject to authenticated, service_role;
