create or replace function private.answerer_of(p_fit text, p_model text)
returns text
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  return coalesce(p_fit, nullif(p_model, 'embedded'));
end;
$$;

comment on function private.answerer_of is
'Who gave an answer its confidence, as no two mean the same by it: a fit of the built-in answerer,
or a language model by its name. Null for what a customer picked, which is no guess.';
revoke all on function private.answerer_of from public;
grant execute on function private.answerer_of to authenticated, service_role;
