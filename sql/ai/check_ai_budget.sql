create or replace function private.check_ai_budget()
returns trigger
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  perform private.refuse_unless(
    new.daily_microusd is not null and new.daily_microusd >= 0,
    format('a daily_microusd of %s', coalesce(new.daily_microusd::text, 'null')),
    'millionths of a dollar, as 5000000 for five; without the row there is no limit'
  );
  perform private.refuse_unless(
    new.id is true, 'there is one budget', 'leave id out, or say on conflict (id) do update'
  );
  return new;
end;
$$;

comment on function private.check_ai_budget is
'Trigger: the budget is one row, and an amount. PT400.';
revoke all on function private.check_ai_budget from public;

create trigger check_ai_budget before insert or update on public.ai_budget
for each row execute function private.check_ai_budget();
