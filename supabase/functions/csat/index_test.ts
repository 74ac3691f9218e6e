// The rating link against a small HTTP server in the place of the REST API.

import { handle } from "./index.ts";
import { LANGUAGES, textsOf } from "./texts.ts";

const TOKEN = "3f0a7c1e-5f3b-4d5e-9d53-0f4d7b6f1a2b";
const PAGE = `https://project.example/functions/v1/csat?t=${TOKEN}`;

interface Call {
  path: string;
  apikey: string | null;
  body: Record<string, unknown>;
}

/** Runs a test with a server that answers every call the same way, and gives what it was asked. */
async function withApi(
  answer: () => Response,
  test: (calls: Call[]) => Promise<void>,
): Promise<void> {
  const calls: Call[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const path = new URL(request.url).pathname;
    calls.push({ path, apikey: request.headers.get("apikey"), body: await request.json() });
    return answer();
  });
  Deno.env.set("SUPABASE_URL", `http://127.0.0.1:${server.addr.port}`);
  Deno.env.set("SUPABASE_PUBLISHABLE_KEYS", '{"default": "sb_publishable_test"}');
  try {
    await test(calls);
  } finally {
    await server.shutdown();
  }
}

function post(fields: Record<string, string>, url = PAGE): Promise<Response> {
  return handle(new Request(url, { method: "POST", body: new URLSearchParams(fields) }));
}

function error(status: number, code: string): Response {
  return Response.json({ code, message: "no", details: null, hint: null }, { status });
}

function expect(fact: boolean, what: string): void {
  if (!fact) throw new Error(`expected: ${what}`);
}

Deno.test("a link shows five ratings and a comment", async () => {
  const response = await handle(new Request(PAGE));
  const html = await response.text();
  expect(response.status === 200, "200");
  expect(html.match(/type="radio"/g)?.length === 5, "five ratings");
  expect(html.includes("<textarea"), "a comment");
  expect(html.match(/<label for=/g)?.length === 6, "a label for each field");
});

Deno.test("a page loads nothing and runs no script", async () => {
  const response = await handle(new Request(PAGE));
  const html = await response.text();
  const policy = response.headers.get("content-security-policy") ?? "";
  expect(policy.startsWith("default-src 'none'; style-src 'sha256-"), "a strict policy");
  expect(policy.includes("frame-ancestors 'none'"), "no frames");
  expect(!/<script|src=|href=|style=/.test(html), "no script and no address");
  expect(response.headers.get("referrer-policy") === "no-referrer", "the token stays here");
  expect(response.headers.get("cache-control") === "no-store", "no cache");
});

Deno.test("the style is the one the policy allows", async () => {
  const response = await handle(new Request(PAGE));
  const style = /<style>([\s\S]*)<\/style>/.exec(await response.text())?.[1] ?? "";
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(style));
  const hash = btoa(String.fromCharCode(...new Uint8Array(digest)));
  const policy = response.headers.get("content-security-policy") ?? "";
  expect(policy.includes(`'sha256-${hash}'`), "its hash");
});

for (const language of ["en", "de", "es", "fr", "it", "pt", "nl", "pl", "ru", "tr", "ar", "zh"]) {
  Deno.test(`a page speaks ${language}`, async () => {
    const html = await (await handle(new Request(`${PAGE}&l=${language}`))).text();
    expect(html.includes(`<html lang="${language}"`), "the language of the page");
    expect(html.includes(textsOf(language).send), "its words");
    expect(html.includes(`dir="${language === "ar" ? "rtl" : "ltr"}"`), "its direction");
  });
}

Deno.test("every language has texts of its own", () => {
  expect(LANGUAGES.length === 12, "twelve languages");
  const seen = LANGUAGES.flatMap((language) => [
    textsOf(language).question,
    textsOf(language).wrongLink,
    textsOf(language).later,
  ]);
  expect(new Set(seen).size === seen.length, "no two alike");
});

Deno.test("without a wish the browser's language is taken", async () => {
  const headers = { "accept-language": "ja, en;q=0.2, pt-BR;q=0.7" };
  const html = await (await handle(new Request(PAGE, { headers }))).text();
  expect(html.includes('lang="pt"'), "Portuguese");
});

Deno.test("a link without a token is wrong", async () => {
  for (
    const url of [PAGE.replace(TOKEN, ""), PAGE.replace(TOKEN, "1' or 1=1"), PAGE.slice(0, -1)]
  ) {
    const response = await handle(new Request(url));
    expect(response.status === 404, "404");
    expect((await response.text()).includes(textsOf("en").wrongLink), "a clear page");
  }
});

Deno.test("a rating is recorded with the publishable key and answered in the customer's language", async () => {
  await withApi(() => Response.json({ rating: 4, language: "de" }), async (calls) => {
    const response = await post({ rating: "4", comment: "Schnell!" });
    const html = await response.text();
    expect(response.status === 200, "200");
    expect(html.includes(textsOf("de").thanks) && html.includes("Gut"), "thanks in German");
    expect(calls.length === 1 && calls[0].path === "/rest/v1/rpc/record_csat", "one rpc");
    expect(calls[0].apikey === "sb_publishable_test", "the publishable key");
    const wanted = { p_token: TOKEN, p_rating: 4, p_comment: "Schnell!" };
    expect(JSON.stringify(calls[0].body) === JSON.stringify(wanted), "the arguments");
  });
});

Deno.test("a language in the link wins over the conversation's", async () => {
  await withApi(() => Response.json({ rating: 4, language: "en" }), async () => {
    const html = await (await post({ rating: "4" }, `${PAGE}&l=tr`)).text();
    expect(html.includes(textsOf("tr").thanks), "thanks in Turkish");
  });
});

Deno.test("an empty comment is none", async () => {
  await withApi(() => Response.json({ rating: 5, language: "en" }), async (calls) => {
    await (await post({ rating: "5", comment: "  " })).body?.cancel();
    expect(calls[0].body.p_comment === null, "null");
  });
});

Deno.test("an unknown or expired token gets a clear page", async () => {
  await withApi(() => error(404, "PT404"), async () => {
    const response = await post({ rating: "3" }, `${PAGE}&l=fr`);
    expect(response.status === 404, "404");
    expect((await response.text()).includes("a expiré"), "in French");
  });
});

Deno.test("a rating that is none is asked for again and the comment kept", async () => {
  for (const rating of ["", "0", "6", "4.5", "five", "NaN"]) {
    const response = await post({ rating, comment: '<b>"hello"</b>' });
    const html = await response.text();
    expect(response.status === 400, "400");
    expect(html.includes('role="alert"'), "an alert");
    expect(html.includes("&lt;b&gt;&quot;hello&quot;&lt;/b&gt;"), "the comment, escaped");
  }
});

Deno.test("a database that is away keeps what was written", async () => {
  await withApi(() => error(503, "PGRST001"), async () => {
    const response = await post({ rating: "2", comment: "slow" });
    const html = await response.text();
    expect(response.status === 503, "503");
    expect(html.includes("slow") && html.includes('value="2" required checked'), "the draft");
  });
});

Deno.test("a body that is no form, or too large, is refused", async () => {
  const json = await handle(
    new Request(PAGE, {
      method: "POST",
      body: "{}",
      headers: { "content-type": "application/json" },
    }),
  );
  const large = await post({ rating: "5", comment: "x".repeat(20_000) });
  expect(json.status === 400 && large.status === 400, "400 for both");
  await Promise.all([json.body?.cancel(), large.body?.cancel()]);
});

Deno.test("another method is refused", async () => {
  const response = await handle(new Request(PAGE, { method: "DELETE" }));
  expect(response.status === 405 && response.headers.get("allow") === "GET, HEAD, POST", "405");
});
