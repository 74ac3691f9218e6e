create or replace function private.keep_texts(p_texts text[])
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  insert into private.run_texts (hash, content)
  select distinct sha256(convert_to(texts.content, 'UTF8')) as hash, texts.content
  from unnest(p_texts) as texts (content)
  where texts.content <> ''
    and not exists (
      select 1
      from private.run_texts
      where run_texts.hash = sha256(convert_to(texts.content, 'UTF8'))
    )
  order by hash
  on conflict (hash) do nothing;
end;
$$;

comment on function private.keep_texts is
'Keeps texts that models were shown, each once for ever: an article is not stored again for every
answer that came from it. In the order of their hashes, so that two turns never wait in a circle.';
revoke all on function private.keep_texts from public;
grant execute on function private.keep_texts to service_role;
