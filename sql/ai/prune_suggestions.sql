create or replace function private.prune_suggestions(p_most_open integer)
returns void
language sql
volatile
security invoker
set search_path = ''
as $$
  delete from public.knowledge_suggestions
  where knowledge_suggestions.id in (
    select ranked.id
    from (
      select
        suggestions.id,
        row_number() over (
          partition by suggestions.state
          order by suggestions.count desc, suggestions.last_asked_at desc
        ) as place,
        case when suggestions.state = 'proposed' then p_most_open else 5 * p_most_open end as most
      from public.knowledge_suggestions as suggestions
    ) as ranked
    where ranked.place > ranked.most
  );
$$;

comment on function private.prune_suggestions is
'Keeps so many open suggestions, the most frequent, and five times as many decided ones.';
revoke all on function private.prune_suggestions from public;
grant execute on function private.prune_suggestions to service_role;
