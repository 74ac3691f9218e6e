create or replace function public.decide_suggestion(
  p_id uuid,
  p_approve boolean,
  p_edited jsonb default '{}'
)
returns jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_suggestion public.knowledge_suggestions;
  v_article_id uuid;
begin
  perform private.require_admin();
  v_suggestion := private.settle_suggestion(p_id, p_approve);
  if p_approve then
    v_article_id := private.apply_suggestion(v_suggestion, coalesce(p_edited, '{}'));
  end if;
  return jsonb_build_object('state', v_suggestion.state, 'article_id', v_article_id);
end;
$$;

comment on function public.decide_suggestion is
'Approves a suggestion, edited or as it is ({question, title, body, language}), or refuses it for
good; {state, article_id}. PT400 while a masked place is left in the text, PT403, PT404, PT409.';
revoke all on function public.decide_suggestion from public, anon, authenticated, service_role;
grant execute on function public.decide_suggestion to authenticated, service_role;
