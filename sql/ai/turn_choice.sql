-- Small talk offers topics too, but asks nothing back: it is no clarification.
create or replace function private.turn_choice(
  p_job private.reply_jobs,
  p_conversation public.conversations
)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select jsonb_build_object(
      'is_clarified', offer.message_type is not distinct from 'choices'
        and coalesce(offer.intent_detected, '') <> all (private.small_talk_intents()),
      'id', case
        when picked.choices @> '[{"id": "person"}]' then 'person'
        else picked.choices #>> '{0,id}'
      end,
      'passages', coalesce((
        select jsonb_agg(found.passage order by chosen.place)
        from jsonb_array_elements(picked.choices) with ordinality as chosen (choice, place)
        cross join lateral private.article_passage(chosen.choice ->> 'id') as found (passage)
        where found.passage is not null
      ), '[]')
    )
    from private.last_offer(p_job, p_conversation) as offer
    left join lateral (
      select private.chosen(
        offer.metadata -> 'choices', answer.content, private.tapped_id(answer.metadata)
      ) as choices
      from public.messages as answer
      where answer.conversation_id = p_job.conversation_id
        and answer.seq between p_job.first_seq and p_job.last_seq
        and answer.sender_type = 'customer'
        and answer.deleted_at is null
      order by answer.seq desc
      limit 1
    ) as picked on true
  );
end;
$$;

comment on function private.turn_choice is
'What a turn answers to: {is_clarified: whether we asked back just before, id: of the choice made,
the first of several, person, or none, passages: of the articles chosen}.';
revoke all on function private.turn_choice from public;
grant execute on function private.turn_choice to service_role;
