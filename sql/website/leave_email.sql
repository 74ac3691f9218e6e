create or replace function public.leave_email(p_email text)
returns void
language sql
volatile
security invoker
set search_path = ''
as $$
  select private.leave_email_as(p_email);
$$;

comment on function public.leave_email is
'Answers that the visitor has not read ten minutes after leaving go to this address; null takes
that back. PT400, PT403, PT404,
PT429.';
revoke all on function public.leave_email from public, anon, authenticated, service_role;
grant execute on function public.leave_email to authenticated, service_role;
