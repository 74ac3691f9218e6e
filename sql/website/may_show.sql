create or replace function private.may_show(p_rule public.proactive_rules, p_visitor_id uuid)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return not exists (
    select 1
    from public.proactive_shows
    where proactive_shows.rule_id = p_rule.id
      and proactive_shows.visitor_id = p_visitor_id
      and coalesce(
        proactive_shows.shown_at > clock_timestamp() - p_rule.once_in_days * interval '1 day',
        true
      )
  );
end;
$$;

comment on function private.may_show is
'Whether a visitor has not been shown a rule''s message too recently.';
revoke all on function private.may_show from public;
grant execute on function private.may_show to service_role;
