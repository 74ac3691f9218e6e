create or replace function private.language_heard(p_language text, p_reply jsonb)
returns text
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_language text := left(nullif(p_reply ->> 'language', ''), 35);
  v_probability double precision := private.number_of(p_reply -> 'language_probability');
begin
  return case
    when v_probability > 0 then coalesce(v_language, p_language)
    when v_probability is null then coalesce(p_language, v_language)
    else p_language
  end;
end;
$$;

comment on function private.language_heard is
'A conversation''s language after a turn: what the worker heard, which has weighed it against what
was known; that stays where nothing was heard (0). Who weighs nothing changes no language.';
revoke all on function private.language_heard from public;
grant execute on function private.language_heard to service_role;
