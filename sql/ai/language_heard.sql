create or replace function private.language_heard(
  p_language text,
  p_heard text,
  p_reply jsonb
)
returns text
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_now text := left(nullif(p_reply ->> 'language', ''), 35);
  v_probability double precision := private.number_of(p_reply -> 'language_probability');
begin
  return case
    when v_now is null then p_language
    when p_language is null then v_now
    when coalesce(v_probability, 0) < 0.5 or private.speaks(p_language, v_now) then p_language
    when v_probability >= 0.9 or private.speaks(p_heard, v_now) then v_now
    else p_language
  end;
end;
$$;

comment on function private.language_heard is
'A conversation''s language after a message: another one from 0.9 probability on, or when two in a
row are in it; without a probability the first one stays.';
revoke all on function private.language_heard from public;
grant execute on function private.language_heard to service_role;
