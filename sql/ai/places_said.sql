create or replace function private.places_said(p_text text, p_articles bigint, p_choices bigint)
returns bigint[]
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_meant text[] := private.meant_by(p_text);
  v_places bigint[] := array(
    select said.meant::bigint
    from unnest(v_meant) as said (meant)
    where said.meant ~ '^[0-9]$'
    order by 1
  );
begin
  return case
    when v_meant <@ '{1,2,3,4}' then v_places
    when v_meant <@ '{last,of}' and 'last' = any (v_meant) then array[p_choices]
    when v_meant <@ '{none,no,of,both,all,2,3}' and 'none' = any (v_meant)
      and array_remove(v_places, p_articles) = '{}' then '{0}'
    when v_meant <@ '{both,all,of,2,3}' and v_meant && '{both,all}'
      and array_remove(v_places, p_articles) = '{}'
      and ('both' <> all (v_meant) or p_articles = 2)
      then array(select places.place from generate_series(1, p_articles) as places (place))
    else '{}'
  end;
end;
$$;

comment on function private.places_said is
'The places among so many choices, the first of them articles, that a text names and nothing else:
"2", "the second one", "Nummer 2 bitte", "1 and 2", "the last one", "both", "all three"; 0 for none
of them. In twelve languages; empty where it says more.';
revoke all on function private.places_said from public;
grant execute on function private.places_said to service_role;
