create or replace function private.names_in(p_conversation_id uuid)
returns text[]
language sql
stable
security invoker
set search_path = ''
as $$
  select array_remove(
    array_cat(
      array[
        conversations.user_name, conversations.customer_name, conversations.user_email,
        customer_profiles.name, customer_profiles.email
      ],
      array(
        select customer_identities.value
        from public.customer_identities
        where customer_identities.customer_id = conversations.customer_id
      )
    ), null
  )
  from public.conversations
  join public.customer_profiles on customer_profiles.id = conversations.customer_id
  where conversations.id = p_conversation_id;
$$;

comment on function private.names_in is
'What the customer of a conversation is called, there and elsewhere.';
revoke all on function private.names_in from public;
grant execute on function private.names_in to service_role;
