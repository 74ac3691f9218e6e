-- The built-in answerer holds itself to its fit's gate (worker/calibration.py), no language model
-- has one; what labels found of either stands in place of it.
create or replace function private.gates_held(p_setting jsonb)
returns table (answerer text, fit text, model text, needed double precision, decided_by text)
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_set double precision := (p_setting ->> 'confidence_threshold')::double precision;
  v_rate double precision := (p_setting ->> 'max_wrong_rate')::double precision;
  v_learned jsonb := private.gates_at(v_rate);
begin
  return query
  with held (answerer, fit, model, gate, taught_by) as (
    select 'model', null, null, null::double precision, null
    union all
    select 'model', null, tuned.key, (tuned.value ->> 'threshold')::double precision, 'labels'
    from jsonb_each(p_setting -> 'tuned') as tuned
    where tuned.value ->> 'model' = tuned.key
    union all
    select
      'embedded', shipped.fit, null,
      coalesce(tuned.threshold, (v_learned ->> shipped.fit)::double precision, shipped.gate),
      case
        when tuned.threshold is not null then 'labels'
        when v_learned ? shipped.fit then 'learned'
        else 'shipped'
      end
    from private.shipped_gates(v_rate) as shipped
    cross join lateral (
      select (p_setting #>> array['tuned', shipped.fit, 'threshold'])::double precision
    ) as tuned (threshold)
  )

  select
    held.answerer, held.fit, held.model, greatest(v_set, held.gate),
    case
      when held.taught_by = 'labels' and held.gate >= v_set then 'max_wrong_rate'
      when held.gate > v_set then held.taught_by
      else 'confidence_threshold'
    end
  from held
  order by held.answerer desc, held.model nulls first, held.fit;
end;
$$;

comment on function private.gates_held is
'The confidence that an answer needs, by who answers (model: a language model, by its name where
labels say something of it; embedded: the built-in answerer, for each of its fits), and what decides
that: confidence_threshold, as it is set; max_wrong_rate, what labels of that answerer found for it;
learned, what customers'' picks taught of the fit; shipped, what other businesses taught.';
revoke all on function private.gates_held from public;
grant execute on function private.gates_held to authenticated, service_role;
