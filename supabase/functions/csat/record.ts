// The one call of the rating link: public.record_csat, with the key that front-ends use.

/** What became of a rating. */
export type Outcome =
  | { kind: "recorded"; rating: number; language: string }
  | { kind: "wrong_link" }
  | { kind: "bad_rating" }
  | { kind: "away" };

const PATIENCE = 5000;

/** Stores a rating through the REST API; a database that cannot be reached is `away`. */
export async function record(token: string, rating: number, comment: string): Promise<Outcome> {
  let response: Response;
  try {
    response = await fetch(`${Deno.env.get("SUPABASE_URL")}/rest/v1/rpc/record_csat`, {
      method: "POST",
      headers: { "apikey": publishableKey(), "content-type": "application/json" },
      body: JSON.stringify({ p_token: token, p_rating: rating, p_comment: comment || null }),
      signal: AbortSignal.timeout(PATIENCE),
    });
    return await outcome(response, rating);
  } catch {
    return { kind: "away" };
  }
}

async function outcome(response: Response, rating: number): Promise<Outcome> {
  if (response.ok) {
    const answer = await response.json();
    return {
      kind: "recorded",
      rating: Number(answer?.rating) || rating,
      language: typeof answer?.language === "string" ? answer.language : "en",
    };
  }
  await response.body?.cancel();
  if (response.status === 404) return { kind: "wrong_link" };
  if (response.status === 400) return { kind: "bad_rating" };
  return { kind: "away" };
}

/** The publishable key as the platform hands it to functions, else the legacy anon key. */
export function publishableKey(): string {
  try {
    const keys = JSON.parse(Deno.env.get("SUPABASE_PUBLISHABLE_KEYS") ?? "{}");
    if (typeof keys.default === "string") return keys.default;
  } catch {
    // Not JSON: an older platform, which has the anon key.
  }
  return Deno.env.get("SUPABASE_PUBLISHABLE_KEY") ?? Deno.env.get("SUPABASE_ANON_KEY") ?? "";
}
