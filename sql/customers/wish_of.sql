-- Parts are taken off the front as long as they are known; most texts that are no wish begin with
-- none and cost one look-up. What Telegram sends when somebody opens a chat is none.
create or replace function private.wish_of(p_text text, p_language text default null)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_words text;
begin
  if length(p_text) > 100 or p_text ~ '[?？؟]' or btrim(p_text) = '/start' then
    return null;
  end if;

  v_words := private.parted(p_text);
  if not exists (
    select 1
    from private.consent_words
    where split_part(consent_words.words, ' ', 1) = split_part(v_words, ' ', 1)
  ) then
    return null;
  end if;

  return (
    with recursive parts (language, rest, wish) as (
      select null::text, v_words, null::text
      union
      select
        consent_words.language,
        substr(parts.rest, length(consent_words.words) + 2),
        coalesce(parts.wish, nullif(consent_words.wish, 'politely'))
      from parts
      join private.consent_words
        on split_part(consent_words.words, ' ', 1) = split_part(parts.rest, ' ', 1)
        and consent_words.language = coalesce(parts.language, consent_words.language)
        and consent_words.wish in ('politely', coalesce(parts.wish, consent_words.wish))
        and starts_with(parts.rest, consent_words.words || ' ')
    )

    select private.wish_answered(parts.wish, parts.language)
    from parts
    where parts.rest = '' and parts.wish is not null
    order by
      parts.language is distinct from split_part(lower(p_language), '-', 1),
      parts.language <> 'en', parts.language
    limit 1
  );
end;
$$;

comment on function private.wish_of is
'What a message says that says nothing but STOP, START or their like: {wish: opt_out|opt_in,
language: the one given where that fits, text: what to answer}; null for every other message.';
revoke all on function private.wish_of from public;
grant execute on function private.wish_of to service_role;
