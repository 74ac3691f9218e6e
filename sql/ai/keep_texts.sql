create or replace function private.keep_texts(p_texts text[])
returns text[]
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_hashes bytea[] := array(
    select sha256(convert_to(texts.content, 'UTF8'))
    from unnest(p_texts) with ordinality as texts (content, place)
    order by texts.place
  );
begin
  insert into private.run_texts (hash, content)
  select distinct on (texts.hash) texts.hash, texts.content
  from unnest(v_hashes, p_texts) as texts (hash, content)
  where texts.content <> ''
    and not exists (
      select 1
      from private.run_texts
      where run_texts.hash = texts.hash
    )
  order by texts.hash
  on conflict (hash) do nothing;

  return array(
    select case when texts.content <> '' then encode(texts.hash, 'hex') end
    from unnest(v_hashes, p_texts) with ordinality as texts (hash, content, place)
    order by texts.place
  );
end;
$$;

comment on function private.keep_texts is
'Keeps texts that models were shown, each once for ever: an article is not stored again for every
answer that came from it. In the order of their hashes, so that two turns never wait in a circle.
Returns their hashes, null for an empty text.';
revoke all on function private.keep_texts from public;
grant execute on function private.keep_texts to service_role;
