-- Security definer: whoever holds the unguessable token may rate, signed in or not.
create or replace function private.store_csat(p_token uuid, p_rating integer, p_comment text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_conversation_id uuid;
begin
  if p_rating is null or p_rating not between 1 and 5 then
    raise exception using
      errcode = 'PT400',
      message = 'a rating is 1 to 5';
  end if;

  select csat_links.conversation_id into v_conversation_id
  from private.csat_links
  where csat_links.token = p_token and csat_links.expires_at > clock_timestamp();

  if not found then
    raise exception using
      errcode = 'PT404',
      message = 'this rating link is unknown or has expired';
  end if;

  insert into public.csat_responses (conversation_id, rating, comment)
  values (v_conversation_id, p_rating, left(p_comment, 2000))
  on conflict (conversation_id) do update
    set rating = excluded.rating, comment = excluded.comment, updated_at = clock_timestamp();

  update public.conversations
  set satisfaction_score = p_rating
  where conversations.id = v_conversation_id;
  perform private.record_metric('csat', p_rating, v_conversation_id);
  return private.csat_result(v_conversation_id);
end;
$$;

comment on function private.store_csat is
'Keeps the rating of a conversation by its link''s token; PT400, PT404.';
revoke all on function private.store_csat from public;
grant execute on function private.store_csat to anon, authenticated, service_role;
