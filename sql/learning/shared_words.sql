create or replace function private.shared_words(p_one text, p_other text)
returns double precision
language sql
immutable
security invoker
set search_path = ''
as $$
  select case
    when count(*) >= 4
      then count(*) filter (where said.word = any (
        string_to_array(private.folded(p_other), ' ')
      ))::double precision / count(*)
  end
  from (
    select distinct words.word
    from unnest(string_to_array(private.folded(left(p_one, 5000)), ' ')) as words (word)
    where length(words.word) >= 4
  ) as said;
$$;

comment on function private.shared_words is
'The share of a text''s longer words that another one has too; null for a text of fewer than four.';
revoke all on function private.shared_words from public;
grant execute on function private.shared_words to authenticated, service_role;
