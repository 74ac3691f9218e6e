// The real supabase-js against a running gateway: GATEWAY_URL, ANON_KEY and SERVICE_KEY say which.

import { createClient, type SupabaseClient } from "@supabase/supabase-js";

const URL = Deno.env.get("GATEWAY_URL")!;
const ANON_KEY = Deno.env.get("ANON_KEY")!;
const SERVICE_KEY = Deno.env.get("SERVICE_KEY")!;
const OPTIONS = { auth: { persistSession: false, autoRefreshToken: false } };

const service = createClient(URL, SERVICE_KEY, OPTIONS);

function visitor(): SupabaseClient {
  return createClient(URL, ANON_KEY, OPTIONS);
}

function expect(fact: unknown, what: string, seen?: unknown): asserts fact {
  if (!fact) throw new Error(`expected: ${what}; seen: ${JSON.stringify(seen)}`);
}

function same(seen: unknown, wanted: unknown): void {
  const [one, other] = [JSON.stringify(seen), JSON.stringify(wanted)];
  if (one !== other) throw new Error(`expected: ${other}; seen: ${one}`);
}

async function signedIn(): Promise<SupabaseClient> {
  const client = visitor();
  const { error } = await client.auth.signInAnonymously();
  expect(!error, "an anonymous sign-in", error);
  return client;
}

Deno.test("a visitor writes and reads own rows only", async () => {
  const [one, other] = [await signedIn(), await signedIn()];
  const made = await one.from("notes").insert({ body: "mine", meta: { a: [1, 2] } }).select()
    .single();
  expect(!made.error, "an insert", made.error);
  same(made.status, 201);
  same((await one.from("notes").select("body, second:meta->a->1")).data, [
    { body: "mine", second: 2 },
  ]);
  same((await other.from("notes").select()).data, []);
});

Deno.test("filters combine", async () => {
  const client = await signedIn();
  const rows = ["a", "b,c", 'd"e', "f)g"].map((body, rank) => ({ body, rank, tags: [body, "x"] }));
  expect(!(await client.from("notes").insert(rows)).error, "four rows");
  const read = () => client.from("notes").select("rank").order("rank");
  same((await read().in("body", ["b,c", 'd"e'])).data, [{ rank: 1 }, { rank: 2 }]);
  same((await read().or('body.eq."f)g",and(rank.gte.0,rank.lt.1)')).data, [{ rank: 0 }, {
    rank: 3,
  }]);
  same((await read().contains("tags", ["a", "x"])).data, [{ rank: 0 }]);
  same((await read().not("rank", "in", "(0,1,2)")).data, [{ rank: 3 }]);
  same((await read().likeAnyOf("body", ["a%", "f%"])).data, [{ rank: 0 }, { rank: 3 }]);
  same((await read().is("born_on", null).range(1, 2)).data, [{ rank: 1 }, { rank: 2 }]);
  same((await read().match({ rank: 2, is_open: true })).data, [{ rank: 2 }]);
});

Deno.test("counts come with and without rows", async () => {
  const client = await signedIn();
  await client.from("notes").insert([{ body: "1" }, { body: "2" }, { body: "3" }]);
  const head = await client.from("notes").select("*", { count: "exact", head: true });
  same([head.count, head.data], [3, null]);
  const page = await client.from("notes").select("body", { count: "exact" }).limit(1);
  same([page.count, page.data?.length, page.status], [3, 1, 206]);
  const planned = await client.from("notes").select("body", { count: "planned" });
  expect(typeof planned.count === "number", "a guess", planned);
});

Deno.test("single and maybeSingle", async () => {
  const client = await signedIn();
  const none = await client.from("notes").select().eq("rank", -1).maybeSingle();
  same([none.data, none.error], [null, null]);
  const wrong = await client.from("notes").select().single();
  same([wrong.status, wrong.error?.code], [406, "PGRST116"]);
});

Deno.test("update, upsert and delete", async () => {
  const isbn = crypto.randomUUID();
  const put = { isbn, title: `t ${isbn}` };
  const first = await service.from("books").upsert(put).select("title").single();
  same(first.data, { title: put.title });
  const second = await service.from("books").upsert({ ...put, shelf: "old" }).select("shelf");
  same(second.data, [{ shelf: "old" }]);
  await service.from("books").upsert({ ...put, shelf: "lost" }, { ignoreDuplicates: true });
  const changed = await service.from("books").update({ pages: 9 }).eq("isbn", isbn).select(
    "pages, shelf",
  );
  same(changed.data, [{ pages: 9, shelf: "old" }]);
  const gone = await service.from("books").delete({ count: "exact" }).eq("isbn", isbn);
  same([gone.count, gone.status], [1, 204]);
  same((await service.from("books").delete()).error?.code, "21000");
});

Deno.test("functions of every kind of result", async () => {
  const client = visitor();
  same((await client.rpc("add", { a: 1, b: 2 })).data, 3);
  same((await client.rpc("add", { a: 1, b: 2, c: 3 }, { get: true })).data, 6);
  same((await client.rpc("greet")).data, "hello world!");
  same((await client.rpc("nothing")).status, 204);
  same((await client.rpc("numbers", { p_count: 2 })).data, [1, 2]);
  same(
    (await client.rpc("table_of", { p_count: 3 }).gt("n", 1).order("n", { ascending: false })).data,
    [
      { n: 3, square: 9 },
      { n: 2, square: 4 },
    ],
  );
  same((await client.rpc("out_pair", { p_in: 5 }).single()).data, { low: 4, high: 6 });
  same((await client.rpc("array_sum", { p_numbers: [1, 2] }, { get: true })).data, 3);
  same((await client.rpc("table_of", { p_count: 4 }, { count: "exact", head: true })).count, 4);
});

Deno.test("errors keep their code, details and hint", async () => {
  const raised = await visitor().rpc("raise_code", { p_code: "PT409" });
  same([raised.status, raised.error?.code, raised.error?.details, raised.error?.hint], [
    409,
    "PT409",
    "a detail",
    "a hint",
  ]);
  same((await visitor().rpc("no_such_function")).error?.code, "PGRST202");
  same((await visitor().from("no_such_table").select()).error?.code, "PGRST205");
  same((await service.from("books").select("*, loans(*)")).error?.code, "PGRST200");
});

Deno.test("password users sign up, in, change and out", async () => {
  const client = visitor();
  const email = `${crypto.randomUUID()}@example.com`;
  const signedUp = await client.auth.signUp({
    email,
    password: "first secret",
    options: { data: { name: "Ann" } },
  });
  same([signedUp.data.user?.email, signedUp.data.user?.user_metadata.name], [email, "Ann"]);
  expect(signedUp.data.session, "a session at once");
  const changed = await client.auth.updateUser({
    password: "second secret",
    data: { name: "Bea" },
  });
  same(changed.data.user?.user_metadata.name, "Bea");
  same((await client.auth.signOut()).error, null);
  const refused = await client.auth.signInWithPassword({ email, password: "first secret" });
  same([refused.error?.code, refused.error?.status], ["invalid_credentials", 400]);
  expect(!(await client.auth.signInWithPassword({ email, password: "second secret" })).error, "in");
  const again = await visitor().auth.signUp({ email, password: "first secret" });
  same(again.error?.code, "user_already_exists");
});

Deno.test("a session is refreshed, and its claims can be read", async () => {
  const client = await signedIn();
  const before = (await client.auth.getSession()).data.session!;
  const after = (await client.auth.refreshSession()).data.session!;
  expect(before.refresh_token !== after.refresh_token, "another refresh token");
  const claims = await client.auth.getClaims();
  same([claims.data?.claims.is_anonymous, claims.data?.claims.aal], [true, "aal1"]);
  same((await client.auth.getUser()).data.user?.id, before.user.id);
});

Deno.test("an anonymous visitor becomes a user", async () => {
  const client = await signedIn();
  const email = `${crypto.randomUUID()}@example.com`;
  const { data, error } = await client.auth.updateUser({ email, password: "some secret" });
  expect(!error, "a change", error);
  same([data.user.is_anonymous, data.user.email], [false, email]);
});

Deno.test("the service administers users", async () => {
  const email = `${crypto.randomUUID()}@example.com`;
  const made = await service.auth.admin.createUser({
    email,
    password: "some secret",
    email_confirm: true,
    app_metadata: { team: "north" },
  });
  const id = made.data.user!.id;
  same(made.data.user?.app_metadata.team, "north");
  same((await service.auth.admin.getUserById(id)).data.user?.email, email);
  const changed = await service.auth.admin.updateUserById(id, { user_metadata: { a: 1 } });
  same(changed.data.user?.user_metadata.a, 1);
  expect((await service.auth.admin.listUsers({ perPage: 1000 })).data.users.length > 0, "users");
  same((await service.auth.admin.deleteUser(id)).error, null);
  same((await service.auth.admin.getUserById(id)).error?.code, "user_not_found");
  same((await visitor().auth.admin.listUsers()).error?.code, "not_admin");
});

Deno.test("files go up, around and down", async () => {
  const bucket = crypto.randomUUID();
  same(
    (await service.storage.createBucket(bucket, { public: false, fileSizeLimit: "1KB" })).data
      ?.name,
    bucket,
  );
  const files = service.storage.from(bucket);
  const up = await files.upload("a/b c.txt", new Blob(["hello"]), {
    contentType: "text/plain",
    metadata: { k: 1 },
  });
  same([up.data?.path, up.data?.fullPath], ["a/b c.txt", `${bucket}/a/b c.txt`]);
  same(await (await files.download("a/b c.txt")).data?.text(), "hello");
  same((await files.info("a/b c.txt")).data?.metadata, { k: 1 });
  same([(await files.exists("a/b c.txt")).data, (await files.exists("no")).data], [true, false]);
  const twice = await files.upload("a/b c.txt", "again");
  same([twice.error?.name, (twice.error as { statusCode?: string })?.statusCode], [
    "StorageApiError",
    "409",
  ]);
  expect(!(await files.update("a/b c.txt", "new")).error, "an update");
  same((await files.list()).data?.map((entry) => [entry.name, entry.id]), [["a", null]]);
  same((await files.list("a", { search: "B" })).data?.map((entry) => entry.name), ["b c.txt"]);
  expect(!(await files.move("a/b c.txt", "m.txt")).error, "a move");
  expect(!(await files.copy("m.txt", "c.txt")).error, "a copy");
  same((await files.remove(["m.txt"])).data?.map((entry) => entry.name), ["m.txt"]);
  const large = await files.upload("l.txt", "x".repeat(2000));
  same((large.error as { statusCode?: string })?.statusCode, "413");
  expect(!(await service.storage.emptyBucket(bucket)).error, "emptied");
  expect(!(await service.storage.deleteBucket(bucket)).error, "deleted");
});

Deno.test("addresses are signed for reading and for writing", async () => {
  const bucket = crypto.randomUUID();
  await service.storage.createBucket(bucket);
  const files = service.storage.from(bucket);
  const ticket = (await files.createSignedUploadUrl("s/u p.txt")).data!;
  const up = await visitor().storage.from(bucket).uploadToSignedUrl(
    "s/u p.txt",
    ticket.token,
    "body",
  );
  expect(!up.error, "an upload by ticket", up.error);
  const one = (await files.createSignedUrl("s/u p.txt", 60, { download: "name.txt" })).data!;
  const answer = await fetch(one.signedUrl);
  same(await answer.text(), "body");
  expect(answer.headers.get("content-disposition")?.includes("filename=name.txt"), "its name");
  const many = (await files.createSignedUrls(["s/u p.txt", "none"], 60)).data!;
  same(many.map((item) => item.error === null), [true, false]);
  same((await visitor().storage.from(bucket).download("s/u p.txt")).data, null);
  await service.storage.emptyBucket(bucket);
  await service.storage.deleteBucket(bucket);
});

Deno.test("a public bucket is open", async () => {
  const bucket = crypto.randomUUID();
  await service.storage.createBucket(bucket, { public: true });
  const files = service.storage.from(bucket);
  await files.upload("p.txt", "open");
  const answer = await fetch(files.getPublicUrl("p.txt").data.publicUrl);
  same(await answer.text(), "open");
  await service.storage.emptyBucket(bucket);
  await service.storage.deleteBucket(bucket);
});

Deno.test("an edge function is invoked", async () => {
  const { error } = await visitor().functions.invoke("csat", { method: "GET" });
  same(error?.context?.status, 404);
  await error?.context?.body?.cancel();
});
