-- Security definer: secrets, identities and customers are closed to visitors.
create or replace function private.identify_visitor(
  p_channel_id uuid,
  p_user_id text,
  p_signature text,
  p_token text,
  p_traits jsonb
)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_visitor_id uuid := (select auth.uid());
  v_channel_id uuid := private.website_channel(p_channel_id);
  v_customer_id uuid;
  v_claims jsonb;
begin
  if v_visitor_id is null or private.actor_role() <> 'visitor' then
    raise exception using
      errcode = 'PT403',
      message = 'only visitors who are signed in can be identified',
      hint = 'sign in anonymously first: auth.signInAnonymously()';
  end if;

  perform private.require_origin(v_channel_id);
  perform private.require_pace('identify ' || v_visitor_id, 20, interval '1 minute');
  v_claims := private.proven_user(v_channel_id, p_user_id, p_signature, p_token);
  v_customer_id := private.attach_visitor(v_channel_id, v_visitor_id, v_claims ->> 'sub');
  perform private.apply_traits(v_customer_id, v_claims, p_traits);
  return jsonb_build_object(
    'customer_id', v_customer_id,
    'is_verified', true,
    'conversation_id', (
      select conversations.id
      from public.conversations
      where conversations.customer_id = v_customer_id
        and conversations.channel_id = v_channel_id
      order by conversations.status = 'resolved', conversations.created_at desc
      limit 1
    )
  );
end;
$$;

comment on function private.identify_visitor is
'Recognises the calling visitor as a user of the site; see identify().';
revoke all on function private.identify_visitor from public;
grant execute on function private.identify_visitor to authenticated, service_role;
