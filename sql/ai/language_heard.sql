create or replace function private.language_heard(p_language text, p_reply jsonb)
returns text
language sql
immutable
security invoker
set search_path = ''
as $$
  select case
    when weighed.probability > 0 then coalesce(weighed.language, p_language)
    when weighed.probability is null then coalesce(p_language, weighed.language)
    else p_language
  end
  from (
    select
      left(nullif(p_reply ->> 'language', ''), 35) as language,
      private.number_of(p_reply -> 'language_probability') as probability
  ) as weighed;
$$;

comment on function private.language_heard is
'A conversation''s language after a turn: what the worker heard, which has weighed it against what
was known; that stays where nothing was heard (0). Who weighs nothing changes no language.';
revoke all on function private.language_heard from public;
grant execute on function private.language_heard to service_role;
