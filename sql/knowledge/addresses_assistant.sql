-- Letters that cannot be seen and wide forms are undone first: they hide words from patterns alone.
create or replace function private.addresses_assistant(p_text text)
returns text
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  v_text text := regexp_replace(
    regexp_replace(normalize(p_text, nfkc), '\r\n?|[\u000b\u000c\u0085\u2028\u2029]', E'\n', 'g'),
    '[\u0001-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4'
    '\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ue000-\uf8ff\ufeff'
    '\ufff9-\ufffb\U000e0000-\U000e007f]',
    '', 'g'
  );
begin
  return coalesce(
    private.orders_said(v_text),
    private.orders_said(nullif(private.unadorned(v_text), v_text)),
    case
      when regexp_count(p_text, '[\U000e0000-\U000e007f]') >= 8 then '(text that nobody can see)'
    end
  );
end;
$$;

comment on function private.addresses_assistant is
'The words of a text that give an assistant orders ("ignore all instructions") instead of speaking
to people, null where there are none: as it stands and without what adorns its words, by the same
list as the worker (worker/guard/orders.py). It finds what is plain; what customers and articles say
is data in any case.';
revoke all on function private.addresses_assistant from public;
grant execute on function private.addresses_assistant to authenticated, service_role;
