"""A month of a busy company: a million messages, loaded by a few set-based statements."""

from __future__ import annotations

import psycopg

PER_CONVERSATION = 20
AGENT_ID = "00000000-0000-4000-8000-00000000a9e7"
CHANNELS = ("whatsapp", "website", "email")
# Triggers and foreign keys would make twenty statements of each row; what they would have done is
# written here instead.
QUICKLY = "set session_replication_role = replica"
PEOPLE = """
create temporary table people as
select
  number,
  gen_random_uuid() as customer_id,
  gen_random_uuid() as conversation_id,
  channels.id as channel_id,
  channels.type as channel_type,
  now() - interval '30 days' * (1 - number::float8 / %(count)s) - interval '1 hour' as began_at,
  number > %(count)s * 0.95 as is_open
from generate_series(1, %(count)s::integer) as number
join (
  select channels.*, row_number() over (order by channels.type) as place
  from public.channels
) as channels on channels.place = number %% 3 + 1
"""
PROFILES = """
insert into public.customer_profiles (id, name, phone)
select customer_id, 'Customer ' || number, (4915000000000 + number)::text from people
"""
IDENTITIES = """
insert into public.customer_identities (customer_id, channel_id, kind, value, is_verified)
select customer_id, channel_id, 'phone', (4915000000000 + number)::text, true from people
"""
CONVERSATIONS = """
insert into public.conversations (
  id, customer_id, customer_name, user_name, customer_phone, channel_type, channel_id, status,
  resolved_at, created_at, last_message_at, last_message, message_count, last_seq, unread_count
)
select
  conversation_id, customer_id, 'Customer ' || number, 'Customer ' || number,
  (4915000000000 + number)::text, channel_type, channel_id,
  case when is_open then 'open' else 'resolved' end,
  case when not is_open then began_at + interval '1 hour' end,
  began_at, began_at + interval '40 minutes', 'Thank you, that is all.', 20, 20,
  is_open::integer
from people
"""
MESSAGES = """
insert into public.messages (
  conversation_id, seq, sender_type, content, channel_type, channel_id, external_message_id,
  delivery_status, created_at, confidence_score, processing_time_ms
)
select
  people.conversation_id,
  said.seq,
  case when said.seq % 2 = 1 then 'customer' when said.seq = 20 then 'agent' else 'ai' end,
  'How long does delivery take, and may I still change the address of my order?',
  people.channel_type,
  people.channel_id,
  'wamid.' || people.number || '.' || said.seq,
  'delivered',
  people.began_at + said.seq * interval '2 minutes',
  case when said.seq % 2 = 0 then 0.8 end,
  case when said.seq % 2 = 0 then 900 + said.seq * 40 end
from people
cross join generate_series(1, 20) as said (seq)
order by people.number, said.seq
"""
METRICS = """
insert into public.realtime_metrics (
  metric_name, metric_value, channel_type, conversation_id, metadata, timestamp
)
select
  measured.name, 900 + (people.number + said.seq) % 800, people.channel_type,
  people.conversation_id,
  case when measured.name = 'ai_response_time' then '{"confidence": 0.8}'::jsonb else '{}' end,
  people.began_at + said.seq * interval '2 minutes'
from people
cross join generate_series(2, 20, 2) as said (seq)
cross join (values ('ai_response_time'), ('delivery_time')) as measured (name)
order by people.number, said.seq
"""
DELIVERIES = """
insert into private.deliveries (
  message_id, conversation_id, channel_id, channel_type, state, attempts, external_id, created_at,
  sent_at, delivered_at
)
select
  messages.id, messages.conversation_id, messages.channel_id, messages.channel_type, 'delivered',
  1, 'out.' || messages.id, messages.created_at, messages.created_at, messages.created_at
from public.messages
where messages.sender_type <> 'customer'
"""
JOBS = """
insert into private.reply_jobs (
  conversation_id, first_message_id, first_seq, last_seq, epoch, state, outcome, not_before,
  deadline, reply_message_id, finished_at
)
select
  messages.conversation_id, messages.id, messages.seq, messages.seq, 0, 'done', 'answered',
  messages.created_at, messages.created_at, messages.id, messages.created_at
from public.messages
where messages.sender_type = 'ai'
"""
STEPS = (PROFILES, IDENTITIES, CONVERSATIONS, MESSAGES, METRICS, DELIVERIES, JOBS)


def load(admin_url: str, messages: int) -> None:
    """Fills the tables with so many messages over thirty days, and all that goes with them."""
    with psycopg.connect(admin_url, autocommit=True) as connection:
        for channel in CHANNELS:
            connection.execute("select private.register_channel(%s, 'bench', 'Bench')", [channel])
        connection.execute(
            "insert into auth.users (id, email) values (%s, 'agent@bench.local')", [AGENT_ID]
        )
        connection.execute(
            "select private.ensure_agent(%s, 'agent@bench.local', 'Bench', 'agent')", [AGENT_ID]
        )
        connection.execute(QUICKLY)
        connection.execute(PEOPLE, {"count": max(20, messages // PER_CONVERSATION)})
        for step in STEPS:
            connection.execute(step.encode())
        connection.execute("reset session_replication_role")
        # As upkeep would have done in all these days.
        connection.execute("select private.roll_up_hours('60 days')")
        connection.execute("select private.roll_up_deliveries(60)")
        connection.execute("vacuum analyze")
