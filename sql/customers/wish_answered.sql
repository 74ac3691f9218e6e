create or replace function private.wish_answered(p_wish text, p_language text)
returns jsonb
language sql
immutable
security invoker
set search_path = ''
as $$
  select jsonb_build_object(
    'wish', p_wish,
    'language', p_language,
    'text', case p_wish
      when 'opt_out' then private.stopped_text(p_language)
      else private.resumed_text(p_language)
    end
  );
$$;

comment on function private.wish_answered is
'STOP (opt_out) or START (opt_in) in a language, with what to answer: {wish, language, text}.';
revoke all on function private.wish_answered from public;
grant execute on function private.wish_answered to service_role;
