-- Platforms cut long titles, so that a tap may come back short with an ellipsis; by e-mail and
-- by hand people write the place. To one article and a person beside it they may say yes.
create or replace function private.chosen(p_choices jsonb, p_content text, p_tapped_id text)
returns jsonb
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_choices jsonb := case when jsonb_typeof(p_choices) = 'array' then p_choices else '[]' end;
  v_count integer := jsonb_array_length(v_choices);
  v_articles bigint := v_count - (v_choices @> '[{"id": "person"}]')::integer;
  v_places bigint[] := case
    when v_count > 0 then private.places_said(p_content, v_articles, v_count) else '{}'
  end;
  v_said text := lower(btrim(p_content, E' \t\n.!()#\uFE0F\u20E3'));
  v_named bigint;
begin
  select offered.place into v_named
  from jsonb_array_elements(v_choices) with ordinality as offered (choice, place)
  cross join lateral (select lower(btrim(offered.choice ->> 'title')) as title) as texts
  where offered.choice ->> 'id' = p_tapped_id
    or texts.title in (v_said, lower(btrim(p_content)))
    or right(v_said, 1) = '…' and length(v_said) > 8
    and starts_with(texts.title, rtrim(v_said, ' …'))
  order by offered.choice ->> 'id' = p_tapped_id desc nulls last, offered.place
  limit 1;

  if v_named is null and v_places = '{0}' then
    return '[{"id": "none"}]';
  elsif v_named is null and v_articles = 1 and v_count = 2 and private.says_yes(p_content) then
    v_named := 1;
  end if;
  v_places := case when v_named is null then v_places else array[v_named] end;
  return (
    select coalesce(jsonb_agg(v_choices -> (said.place - 1)::integer order by said.place), '[]')
    from unnest(v_places) as said (place)
    where v_count >= all (v_places) and 0 < all (v_places)
  );
end;
$$;

comment on function private.chosen is
'The choices among those offered that a customer tapped, named, numbered or, where
it is the only article, said yes to; [{"id": "none"}] where they want none of them, [] when none.';
revoke all on function private.chosen from public;
grant execute on function private.chosen to service_role;
