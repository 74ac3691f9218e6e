-- Topics were chosen when the turn was claimed; an admin may have taken an article back since.
create or replace function private.still_offered(p_reply jsonb)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_choices jsonb;
  v_gone text[];
begin
  if not private.is_small_talk(p_reply) or jsonb_typeof(p_reply -> 'choices') <> 'array' then
    return p_reply;
  end if;

  select
    coalesce(jsonb_agg(topics.choice order by topics.place) filter (where topics.holds), '[]'),
    array_agg(concat('- ', topics.choice ->> 'title')) filter (where not topics.holds)
  into v_choices, v_gone
  from (
    select offered.choice, offered.place, exists (
      select
      from public.knowledge_articles
      where knowledge_articles.id = private.uuid_of(offered.choice ->> 'id')
        and knowledge_articles.visibility = 'public'
        and private.holds_now(
          knowledge_articles.is_published,
          knowledge_articles.valid_from, knowledge_articles.valid_until
        )
    ) as holds
    from jsonb_array_elements(p_reply -> 'choices') with ordinality as offered (choice, place)
  ) as topics;

  return p_reply || case when v_gone is null then '{}' else jsonb_build_object(
    'choices', v_choices,
    'content', (
      select string_agg(lines.line, E'\n' order by lines.place)
      from string_to_table(p_reply ->> 'content', E'\n') with ordinality as lines (line, place)
      where lines.line <> all (v_gone)
    )
  ) end;
end;
$$;

comment on function private.still_offered is
'A reply as it may be sent now: small talk without the topics whose articles customers may not see
any more, nor their lines.';
revoke all on function private.still_offered from public;
grant execute on function private.still_offered to service_role;
