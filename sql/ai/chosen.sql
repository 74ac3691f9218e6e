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
begin
  return (
    select offered.choice
    from jsonb_array_elements(v_choices) with ordinality as offered (choice, position)
    cross join lateral (
      select
        lower(btrim(offered.choice ->> 'title')) as title,
        lower(btrim(p_content, E' \t\n.!()#\uFE0F\u20E3')) as said
    ) as texts
    where offered.choice ->> 'id' = p_tapped_id
      or texts.title in (texts.said, lower(btrim(p_content)))
      or offered.position = private.place_said(p_content)
      or (
        offered.position = 1
        and jsonb_array_length(v_choices) = 2
        and v_choices #>> '{1,id}' = 'person'
        and private.says_yes(p_content)
      )
      or (
        right(texts.said, 1) = '…'
        and length(texts.said) > 8
        and starts_with(texts.title, rtrim(texts.said, ' …'))
      )
    order by offered.choice ->> 'id' = p_tapped_id desc nulls last, offered.position
    limit 1
  );
end;
$$;

comment on function private.chosen is
'The choice among those offered that a customer tapped, named, numbered or, where
it is the only article, said yes to; null when none.';
revoke all on function private.chosen from public;
grant execute on function private.chosen to service_role;
