create or replace function private.same_place(p_item jsonb, p_earlier jsonb)
returns text
language sql
immutable
security invoker
set search_path = ''
as $$
  select format(
    case
      when p_item ->> 'id' = p_earlier ->> 'id' then 'has the id of %s: give it one of its own'
      when p_item ->> 'title' = p_earlier ->> 'title'
        then 'has the title of %s: give it one of its own, or each an id'
      else 'has the key of %s: give it one of its own'
    end,
    coalesce('line ' || (p_earlier ->> 'line'), 'an earlier one')
  );
$$;

comment on function private.same_place is
'Why a part of a document is no article of its own: what it shares with an earlier one, and which.';
revoke all on function private.same_place from public;
grant execute on function private.same_place to authenticated, service_role;
