// The real supabase-js on the gateway's Realtime, in both protocol versions. The environment says
// where: GATEWAY_URL, ANON_KEY, SERVICE_KEY, and ADA and BOB (each "id token").

import { createClient, type RealtimeChannel, type SupabaseClient } from "@supabase/supabase-js";

const URL = Deno.env.get("GATEWAY_URL")!;
const ANON_KEY = Deno.env.get("ANON_KEY")!;
const SERVICE_KEY = Deno.env.get("SERVICE_KEY")!;
const [ADA, ADA_TOKEN] = Deno.env.get("ADA")!.split(" ");
const [BOB, BOB_TOKEN] = Deno.env.get("BOB")!.split(" ");
const VERSIONS = ["1.0.0", "2.0.0"];
const PATIENCE_MS = 10_000;

type Payload = Record<string, unknown>;

class News<T> {
  seen: T[] = [];
  #wake: (() => void)[] = [];

  add = (item: T) => {
    this.seen.push(item);
    this.#wake.splice(0).forEach((wake) => wake());
  };

  async until(wanted: (seen: T[]) => boolean): Promise<T[]> {
    const deadline = Date.now() + PATIENCE_MS;
    while (!wanted(this.seen)) {
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(() => late.reject(this.#missing()), deadline - Date.now());
      const news = new Promise<void>((resolve) => this.#wake.push(resolve));
      await Promise.race([news, late.promise]).finally(() => clearTimeout(timer));
    }
    return this.seen;
  }

  #missing(): Error {
    return new Error(`too late; seen: ${JSON.stringify(this.seen)}`);
  }
}

function same(seen: unknown, wanted: unknown): void {
  const [one, other] = [JSON.stringify(seen), JSON.stringify(wanted)];
  if (one !== other) throw new Error(`expected: ${other}; seen: ${one}`);
}

async function client(vsn: string, token?: string): Promise<SupabaseClient> {
  const made = createClient(URL, ANON_KEY, {
    auth: { persistSession: false, autoRefreshToken: false },
    realtime: { vsn },
  });
  if (token) await made.realtime.setAuth(token);
  return made;
}

async function subscribed(channel: RealtimeChannel): Promise<News<string>> {
  const states = new News<string>();
  channel.subscribe((state) => states.add(state));
  same((await states.until((seen) => seen.length > 0))[0], "SUBSCRIBED");
  return states;
}

const service = createClient(URL, SERVICE_KEY, {
  auth: { persistSession: false, autoRefreshToken: false },
});

async function insert(rows: Payload[]): Promise<void> {
  const { error } = await service.from("notes").insert(rows);
  if (error) throw new Error(error.message);
}

let lastId = 0;

function note(author: string, more: Payload = {}): Payload {
  lastId += 1;
  return { id: lastId, author, ...more };
}

function check(name: string, body: (vsn: string) => Promise<void>): void {
  for (const vsn of VERSIONS) {
    // The client keeps a timer or two for its socket after it has been closed.
    const options = { sanitizeOps: false, sanitizeResources: false };
    Deno.test({ name: `${name} (${vsn})`, fn: () => body(vsn), ...options });
  }
}

check("a private topic brings what the database broadcasts", async (vsn) => {
  const ada = await client(vsn, ADA_TOKEN);
  const heard = new News<Payload>();
  const channel = ada.channel(`desk:${ADA}`, { config: { private: true } });
  channel.on("broadcast", { event: "INSERT" }, (message) => heard.add(message.payload));
  await subscribed(channel);
  const row = note(ADA, { body: "tea é 🎉", stars: 3, price: 1.5 });
  await insert([row]);
  await heard.until((seen) => seen.length === 1);
  const record = heard.seen[0].record as Payload;
  same([record.id, record.body, record.price], [row.id, row.body, row.price]);
  await ada.removeAllChannels();
});

check("a topic of another is refused", async (vsn) => {
  const bob = await client(vsn, BOB_TOKEN);
  const states = new News<string>();
  const channel = bob.channel(`desk:${ADA}`, { config: { private: true } });
  channel.subscribe((state) => states.add(state));
  await states.until((seen) => seen[0] === "CHANNEL_ERROR");
  await bob.removeAllChannels();
});

check("clients broadcast to each other, with an answer to the sender", async (vsn) => {
  const [one, two] = [await client(vsn), await client("2.0.0")];
  const heard = new News<Payload>();
  const listening = two.channel("room");
  listening.on("broadcast", { event: "wave" }, (message) => heard.add(message.payload));
  await subscribed(listening);
  const speaking = one.channel("room", { config: { broadcast: { ack: true } } });
  await subscribed(speaking);
  const payload = { n: 1, deep: [{ é: "🎉" }] };
  same(await speaking.send({ type: "broadcast", event: "wave", payload }), "ok");
  await heard.until((seen) => seen.length === 1);
  same(heard.seen[0], payload);
  await one.removeAllChannels();
  await two.removeAllChannels();
});

check("row changes come filtered and by policy", async (vsn) => {
  const ada = await client(vsn, ADA_TOKEN);
  const [heard, told] = [new News<Payload>(), new News<Payload>()];
  const channel = ada.channel("changes");
  const filter = { event: "INSERT", schema: "public", table: "notes", filter: "stars=gt.3" };
  // deno-lint-ignore no-explicit-any
  channel.on("postgres_changes", filter as any, (change: any) => heard.add(change));
  channel.on("system", {}, (message) => told.add(message));
  await subscribed(channel);
  await told.until((seen) => seen.some((one) => one.message === "Subscribed to PostgreSQL"));
  const rows = [note(BOB, { stars: 5 }), note(ADA, { stars: 1 }), note(ADA, { stars: 5 })];
  await insert(rows);
  await heard.until((seen) => seen.length === 1);
  same(heard.seen[0].eventType, "INSERT");
  same((heard.seen[0].new as Payload).id, rows[2].id);
  same(heard.seen[0].errors, null);
  await ada.removeAllChannels();
});

check("presence is shared and goes with its channel", async (vsn) => {
  const [one, two] = [await client(vsn), await client(vsn)];
  const news = new News<string>();
  const watching = two.channel("den", { config: { presence: { key: "two" } } });
  watching.on("presence", { event: "join" }, ({ key }) => news.add(`${key} came`));
  watching.on("presence", { event: "leave" }, ({ key }) => news.add(`${key} went`));
  await subscribed(watching);
  const present = one.channel("den", { config: { presence: { key: "one" } } });
  present.on("presence", { event: "sync" }, () => {});
  await subscribed(present);
  same(await present.track({ mood: "fine" }), "ok");
  await news.until((seen) => seen.length === 1);
  same((watching.presenceState().one[0] as Payload).mood, "fine");
  await one.removeAllChannels();
  same(await news.until((seen) => seen.length === 2), ["one came", "one went"]);
  await two.removeAllChannels();
});

check("what was missed is replayed", async (vsn) => {
  const row = note(ADA);
  await insert([row]);
  const ada = await client(vsn, ADA_TOKEN);
  const heard = new News<Payload>();
  const replay = { since: Date.now() - 60_000, limit: 1 };
  const channel = ada.channel(`desk:${ADA}`, { config: { private: true, broadcast: { replay } } });
  channel.on("broadcast", { event: "INSERT" }, (message) => heard.add(message));
  await subscribed(channel);
  await heard.until((seen) => seen.length === 1);
  same((heard.seen[0].meta as Payload).replayed, true);
  same(((heard.seen[0].payload as Payload).record as Payload).id, row.id);
  await ada.removeAllChannels();
});

check("a message sent over HTTP arrives", async (vsn) => {
  const [one, two] = [await client(vsn), await client(vsn)];
  const heard = new News<Payload>();
  const listening = two.channel("square");
  listening.on("broadcast", { event: "*" }, (message) => heard.add(message.payload));
  await subscribed(listening);
  const sent = await one.channel("square").httpSend("hello", { n: 1 });
  same(sent.success, true);
  await heard.until((seen) => seen.length === 1);
  same(heard.seen[0], { n: 1 });
  await one.removeAllChannels();
  await two.removeAllChannels();
});

check("a renewed token keeps the channel", async (vsn) => {
  const ada = await client(vsn, ADA_TOKEN);
  const heard = new News<Payload>();
  const channel = ada.channel(`desk:${ADA}`, { config: { private: true } });
  channel.on("broadcast", { event: "INSERT" }, (message) => heard.add(message.payload));
  const states = await subscribed(channel);
  await ada.realtime.setAuth(Deno.env.get("ADA_AGAIN")!);
  await insert([note(ADA)]);
  await heard.until((seen) => seen.length === 1);
  same(states.seen, ["SUBSCRIBED"]);
  await ada.removeAllChannels();
});

Deno.test({
  name: "bytes go from client to client in version 2.0.0",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const [one, two] = [await client("2.0.0"), await client("2.0.0")];
    const heard = new News<ArrayBuffer>();
    const listening = two.channel("bytes");
    listening.on("broadcast", { event: "raw" }, (message) => heard.add(message.payload));
    await subscribed(listening);
    const speaking = one.channel("bytes");
    await subscribed(speaking);
    const payload = new Uint8Array([0, 1, 255]).buffer;
    // deno-lint-ignore no-explicit-any
    await speaking.send({ type: "broadcast", event: "raw", payload: payload as any });
    await heard.until((seen) => seen.length === 1);
    same([...new Uint8Array(heard.seen[0])], [0, 1, 255]);
    await one.removeAllChannels();
    await two.removeAllChannels();
  },
});
