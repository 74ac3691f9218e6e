create or replace function private.says_which(p_text text, p_language text)
returns boolean
language sql
immutable
security invoker
set search_path = ''
as $$
  select count(*) < 2
  from unnest(private.asked_terms(p_text, p_language, private.which_words())) as said (term)
  where said.term ~ '[^0-9]';
$$;

comment on function private.says_which is
'Whether words that follow a question of ours only answer it ("number 1 please", "the blue one"):
beside what says which there is no more than one. They ask nothing by themselves.';
revoke all on function private.says_which from public;
grant execute on function private.says_which to service_role;
