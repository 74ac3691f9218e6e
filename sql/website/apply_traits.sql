-- Whatever the page says, its visitor may have written; so it never replaces anything.
create or replace function private.apply_traits(
  p_customer_id uuid,
  p_claims jsonb,
  p_traits jsonb
)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_claims jsonb := p_claims - '{iss,sub,aud,exp,nbf,iat,jti}'::text[];
  v_traits jsonb := case when jsonb_typeof(p_traits) = 'object' then p_traits else '{}' end;
  v_more jsonb := (v_traits || v_claims) - '{name,email,phone,language}'::text[];
begin
  if length(v_traits::text) > 8000 or length(v_claims::text) > 8000 then
    raise exception using
      errcode = 'PT400',
      message = 'more than 8000 characters are known of this user';
  end if;

  update public.customer_profiles
  set
    name = left(coalesce(v_claims ->> 'name', customer_profiles.name, v_traits ->> 'name'), 200),
    email = left(
      coalesce(v_claims ->> 'email', customer_profiles.email, v_traits ->> 'email'), 320
    ),
    phone = left(coalesce(v_claims ->> 'phone', customer_profiles.phone, v_traits ->> 'phone'), 50),
    language = left(
      coalesce(v_claims ->> 'language', customer_profiles.language, v_traits ->> 'language'), 35
    ),
    attributes = (v_more - array(select jsonb_object_keys(v_claims)))
      || customer_profiles.attributes
      || (v_claims - '{name,email,phone,language}'::text[])
  where customer_profiles.id = p_customer_id;
end;
$$;

comment on function private.apply_traits is
'Keeps what is known of a customer: what the site has signed (claims) replaces, what the page
merely says (traits) fills gaps. PT400 for too much.';
revoke all on function private.apply_traits from public;
grant execute on function private.apply_traits to service_role;
