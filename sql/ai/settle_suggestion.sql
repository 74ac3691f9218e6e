-- Security definer: suggestions and articles are not agents' to write; here they may, what a solved
-- conversation taught.
create or replace function private.settle_suggestion(
  p_id uuid,
  p_approve boolean,
  p_edited jsonb
)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_suggestion public.knowledge_suggestions;
  v_article_id uuid;
begin
  perform private.require_agent();
  select * into v_suggestion
  from public.knowledge_suggestions
  where knowledge_suggestions.id = p_id
  for update;

  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('suggestion %s not found', p_id),
      hint = 'give the id of a row in knowledge_suggestions';
  end if;
  if v_suggestion.state <> 'proposed' then
    raise exception using
      errcode = 'PT409',
      message = format('suggestion %s is %s already', p_id, v_suggestion.state),
      hint = 'change the article instead, or wait for a new suggestion';
  end if;

  update public.knowledge_suggestions
  set
    state = case when p_approve then 'approved' else 'refused' end,
    decided_by = (select auth.uid()), decided_at = clock_timestamp()
  where knowledge_suggestions.id = p_id
  returning * into v_suggestion;
  if p_approve then
    v_article_id := private.apply_suggestion(v_suggestion, p_edited);
  end if;
  return jsonb_build_object('state', v_suggestion.state, 'article_id', v_article_id);
end;
$$;

comment on function private.settle_suggestion is
'Marks a suggestion as decided and writes what was approved: {state, article_id}. PT400, PT403,
PT404, PT409.';
revoke all on function private.settle_suggestion from public;
grant execute on function private.settle_suggestion to authenticated, service_role;
