create or replace function private.language_of(p_conversation public.conversations)
returns text
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return coalesce(
    p_conversation.language,
    (
      select customer_profiles.language
      from public.customer_profiles
      where customer_profiles.id = p_conversation.customer_id
    ),
    private.language_of_phone(p_conversation.customer_phone)
  );
end;
$$;

comment on function private.language_of is
'The language to speak in a conversation as far as rows tell: its own, else the customer''s, else
that of their telephone''s country; null where nothing is known.';
revoke all on function private.language_of from public;
grant execute on function private.language_of to service_role;
