-- The lock makes two tabs count one after the other. An address somebody types in is no identity:
-- it must never lead them to the conversations of the person whose it is.
create or replace function private.welcome_visitor(p_customer_id uuid, p_identifier text)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('conversations of ' || p_customer_id, 0));
  if (
    select count(*)
    from public.conversations
    where conversations.customer_id = p_customer_id
      and conversations.created_at > clock_timestamp() - interval '1 day'
  ) >= 50 then
    raise exception using
      errcode = 'PT429',
      message = 'fifty conversations in a day are enough',
      hint = 'go on in the conversation that is open';
  end if;

  if private.keep_email(p_customer_id, p_identifier, 'create_conversation') then
    update public.customer_profiles
    set email = lower(btrim(p_identifier))
    where customer_profiles.id = p_customer_id and customer_profiles.email is null;
  end if;
end;
$$;

comment on function private.welcome_visitor is
'Keeps the e-mail address that a visitor gives at the start, as where to send answers once they
have left; PT429 for one who opens conversations all day.';
revoke all on function private.welcome_visitor from public;
grant execute on function private.welcome_visitor to service_role;
