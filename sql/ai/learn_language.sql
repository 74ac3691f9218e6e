create or replace function private.learn_language(
  p_conversation public.conversations,
  p_reply jsonb
)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_heard text := left(p_reply ->> 'language', 35);
begin
  if coalesce(private.number_of(p_reply -> 'language_probability'), 0) < 0.9 then
    return;
  end if;

  update public.customer_profiles
  set language = v_heard, heard_language = v_heard
  where customer_profiles.id = p_conversation.customer_id
    and (
      customer_profiles.language is null
      or customer_profiles.language = customer_profiles.heard_language
      and customer_profiles.language <> v_heard
      and p_conversation.language = v_heard
    );
end;
$$;

comment on function private.learn_language is
'Keeps with the customer the language that they surely write: the first time where none is known of
them, in place of another one the second time in a row. What an agent has set stays.';
revoke all on function private.learn_language from public;
grant execute on function private.learn_language to service_role;
