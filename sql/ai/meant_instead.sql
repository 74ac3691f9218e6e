-- A short word ("yes", "ok") may mean anything, and what comes later is another question.
create or replace function private.meant_instead(p_offer public.ai_runs, p_reply jsonb)
returns text
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_source text := p_reply #>> '{sources,0,article_id}';
begin
  return case
    when p_reply ->> 'reason' = 'asked_for_human' then 'person'
    when p_reply ->> 'wire' = 'rules' then null
    when p_reply ->> 'outcome' = 'answer'
      and exists (
        select
        from jsonb_array_elements(p_offer.sources) as offered (source)
        where offered.source ->> 'article_id' = v_source
      )
      then v_source
    when p_offer.created_at > clock_timestamp() - interval '10 minutes'
      and length(p_reply ->> 'question') > 20
      then 'none'
  end;
end;
$$;

comment on function private.meant_instead is
'What customers who picked nothing of an offer meant by what they wrote: the offered article that
then answered, person, none of them, or null where nobody can tell.';
revoke all on function private.meant_instead from public;
grant execute on function private.meant_instead to service_role;
