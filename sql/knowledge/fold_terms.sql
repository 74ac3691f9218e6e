create or replace function private.fold_terms()
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_folded integer;
begin
  if not pg_try_advisory_xact_lock(hashtext('private.fold_terms')) then
    return 0;
  end if;

  with taken as (
    delete from private.knowledge_term_changes
    returning knowledge_term_changes.language, knowledge_term_changes.term,
      knowledge_term_changes.articles
  ),

  added as (
    insert into private.knowledge_terms as known (language, term, articles)
    select taken.language, taken.term, sum(taken.articles)
    from taken
    group by taken.language, taken.term
    having sum(taken.articles) <> 0
    on conflict (language, term) do update set articles = known.articles + excluded.articles
  )

  select count(*) into v_folded
  from taken;

  if v_folded > 0 then
    delete from private.knowledge_terms where knowledge_terms.articles = 0;
  end if;
  return v_folded;
end;
$$;

comment on function private.fold_terms is
'Adds the noted changes to the counts of terms, gives how many; one at a time, the others give 0.';
revoke all on function private.fold_terms from public;
grant execute on function private.fold_terms to service_role;
