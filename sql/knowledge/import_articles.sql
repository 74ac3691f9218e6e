create or replace function public.import_articles(
  p_articles jsonb,
  p_dry_run boolean default false
)
returns jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_results jsonb;
begin
  perform private.require_admin();
  if jsonb_typeof(p_articles) is distinct from 'array' then
    raise exception 'there is no list of articles'
    using errcode = 'PT400', hint = 'Give [{source, key, title, body, language, phrasings, line}].';
  end if;
  perform pg_advisory_xact_lock(hashtextextended('public.import_articles', 0));

  select coalesce(jsonb_agg(
    jsonb_strip_nulls(jsonb_build_object('line', judged.item -> 'line'))
    || jsonb_build_object('title', left(judged.item ->> 'title', 200))
    || case
      when judged.fault is not null
        then jsonb_build_object('state', 'refused', 'reason', judged.fault)
      else private.import_article(judged.item, p_dry_run)
    end
    order by judged.place
  ), '[]')
  into v_results
  from private.judge_import(p_articles) as judged;
  return v_results || coalesce(
    (select jsonb_agg(gone.article) from private.left_behind(p_articles) as gone (article)), '[]'
  );
end;
$$;

comment on function public.import_articles is
'Makes articles of a document''s parts: [{source, key, title, body, language, phrasings, source_url,
id, line, formerly: what the document was known by before, visibility, is_published, valid_from,
valid_until: as they are where the document does not say}]. The same part again is the same
article, and what has not changed makes no version. Gives for each {line, title, id, state:
added|changed|unchanged|refused, reason, flagged, is_held}; p_dry_run changes nothing. What came
from the same documents before and is no longer in them follows with the state gone, and stays
published. PT400, PT403.';
revoke all on function public.import_articles from public, anon, authenticated, service_role;
grant execute on function public.import_articles to authenticated, service_role;
