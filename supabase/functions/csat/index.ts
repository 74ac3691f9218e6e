// The public rating link: GET …/csat?t=<token>[&l=<language>] asks, POST records.
// Whoever holds the unguessable token may rate, so the function takes calls without a JWT.

import { type Draft, formPage, pageHeaders, thanksPage, wrongLinkPage } from "./page.ts";
import { record } from "./record.ts";
import { chooseLanguage } from "./texts.ts";

const TOKEN = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const LARGEST_FORM = 16 * 1024;
const LONGEST_COMMENT = 2000;
const HEADERS = await pageHeaders();

/** Answers one request of the rating link. */
export async function handle(request: Request): Promise<Response> {
  const query = new URL(request.url).searchParams;
  const language = chooseLanguage(query.get("l"), request.headers.get("accept-language"));
  const token = query.get("t") ?? "";
  if (!["GET", "HEAD", "POST"].includes(request.method)) {
    return new Response(null, { status: 405, headers: { "allow": "GET, HEAD, POST" } });
  }
  if (!TOKEN.test(token)) return page(wrongLinkPage(language), 404);
  if (request.method !== "POST") return page(formPage(language));
  return await rate(request, token, language, query.has("l"));
}

/** Records a posted form; the conversation's language wins unless the link named one. */
async function rate(
  request: Request,
  token: string,
  language: string,
  wished: boolean,
): Promise<Response> {
  const form = await readForm(request);
  if (form === null) return page(formPage(language, { error: "choose" }), 400);
  const rating = Number(form.get("rating"));
  const comment = (form.get("comment") ?? "").replaceAll("\0", "").trim().slice(0, LONGEST_COMMENT);
  const draft: Draft = { rating, comment };
  if (![1, 2, 3, 4, 5].includes(rating)) {
    return page(formPage(language, { ...draft, error: "choose" }), 400);
  }
  const outcome = await record(token, rating, comment.toWellFormed());
  switch (outcome.kind) {
    case "recorded":
      return page(
        thanksPage(wished ? language : chooseLanguage(outcome.language, language), outcome.rating),
      );
    case "wrong_link":
      return page(wrongLinkPage(language), 404);
    case "bad_rating":
      return page(formPage(language, { ...draft, error: "choose" }), 400);
    case "away":
      return page(formPage(language, { ...draft, error: "later" }), 503);
  }
}

/** The fields of a posted form; null for another kind of body, or one that is too large. */
async function readForm(request: Request): Promise<URLSearchParams | null> {
  const kind = request.headers.get("content-type") ?? "";
  if (!kind.startsWith("application/x-www-form-urlencoded") || request.body === null) return null;
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of request.body) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > LARGEST_FORM) return null;
  }
  return new URLSearchParams(text);
}

function page(html: string, status = 200): Response {
  return new Response(html, { status, headers: HEADERS });
}

export default { fetch: handle };
