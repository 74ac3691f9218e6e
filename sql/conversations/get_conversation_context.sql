create or replace function public.get_conversation_context(
  p_conversation_id uuid,
  p_limit integer default 12
)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_context jsonb;
begin
  perform private.require_agent();
  select jsonb_build_object(
    'conversation', private.conversation_card(conversations),
    'customer', jsonb_build_object(
      'id', customer_profiles.id,
      'name', customer_profiles.name,
      'language', customer_profiles.language,
      'attributes', customer_profiles.attributes
    ),
    'language', conversations.language,
    'history', private.recent_history(conversations, p_limit)
  )
  into v_context
  from public.conversations
  join public.customer_profiles on customer_profiles.id = conversations.customer_id
  where conversations.id = p_conversation_id;

  if v_context is null then
    raise exception using
      errcode = 'PT404',
      message = format('conversation %s not found', p_conversation_id);
  end if;
  return v_context;
end;
$$;

comment on function public.get_conversation_context is
'What an answer is made from (R53): conversation, customer, recent messages. PT403, PT404.';
revoke all on function public.get_conversation_context
from public, anon, authenticated, service_role;
grant execute on function public.get_conversation_context to authenticated, service_role;
