-- Security definer: suggestions are the machine's to write; admins decide them through here alone.
create or replace function private.settle_suggestion(p_id uuid, p_approve boolean)
returns public.knowledge_suggestions
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_suggestion public.knowledge_suggestions;
begin
  perform private.require_admin();
  select * into v_suggestion
  from public.knowledge_suggestions
  where knowledge_suggestions.id = p_id
  for update;

  if not found then
    raise exception using errcode = 'PT404', message = format('suggestion %s not found', p_id);
  end if;
  if v_suggestion.state <> 'proposed' then
    raise exception using
      errcode = 'PT409',
      message = format('suggestion %s is %s already', p_id, v_suggestion.state);
  end if;

  update public.knowledge_suggestions
  set
    state = case when p_approve then 'approved' else 'refused' end,
    decided_by = (select auth.uid()), decided_at = clock_timestamp()
  where knowledge_suggestions.id = p_id
  returning * into v_suggestion;
  return v_suggestion;
end;
$$;

comment on function private.settle_suggestion is
'Marks a suggestion as decided and gives it. PT403, PT404, PT409.';
revoke all on function private.settle_suggestion from public;
grant execute on function private.settle_suggestion to authenticated, service_role;
