// The pages of the rating link: plain HTML that works without JavaScript.

import { type Texts, textsOf } from "./texts.ts";

const STYLE = `
:root { color-scheme: light dark; font: 18px/1.5 system-ui, sans-serif; }
body { max-width: 32rem; margin: 2rem auto; padding: 0 1rem; }
fieldset { border: 0; margin: 0 0 1.5rem; padding: 0; }
legend, h1 { font-size: 1.4rem; font-weight: 600; margin: 0 0 1rem; padding: 0; }
.rating { display: flex; align-items: center; gap: .75rem; min-height: 2.75rem; }
.rating input { width: 1.5rem; height: 1.5rem; margin: 0; }
.rating label { flex: 1; padding: .5rem 0; }
textarea { box-sizing: border-box; width: 100%; min-height: 6rem; font: inherit; padding: .5rem; }
button { font: inherit; font-weight: 600; margin-top: 1.5rem; padding: .75rem 2rem; }
:focus-visible { outline: 3px solid; outline-offset: 3px; }
.error { border-inline-start: .3rem solid #c62828; padding-inline-start: .75rem; }
`;

/** What a form shows again after it could not be taken. */
export interface Draft {
  rating?: number;
  comment?: string;
  error?: keyof Pick<Texts, "choose" | "later">;
}

/** The form that asks for a rating. */
export function formPage(language: string, draft: Draft = {}): string {
  const texts = textsOf(language);
  const error = draft.error === undefined
    ? ""
    : `<p class="error" role="alert">${escape(texts[draft.error])}</p>`;
  const ratings = texts.ratings.map((label, index) => ratingField(label, index + 1, draft.rating));
  return wrap(
    language,
    texts.question,
    `${error}<form method="post" accept-charset="utf-8">
<fieldset><legend><h1>${escape(texts.question)}</h1></legend>
${ratings.reverse().join("\n")}</fieldset>
<label for="comment">${escape(texts.comment)}</label>
<textarea id="comment" name="comment" maxlength="2000">${escape(draft.comment ?? "")}</textarea>
<button type="submit">${escape(texts.send)}</button>
</form>`,
  );
}

function ratingField(label: string, rating: number, chosen?: number): string {
  const checked = rating === chosen ? " checked" : "";
  return `<div class="rating"><input type="radio" name="rating" id="r${rating}" value="${rating}" ` +
    `required${checked}><label for="r${rating}">${escape(label)}</label></div>`;
}

/** What a customer reads after rating. */
export function thanksPage(language: string, rating: number): string {
  const texts = textsOf(language);
  const label = texts.ratings[rating - 1] ?? "";
  return wrap(
    language,
    texts.thanks,
    `<h1>${escape(texts.thanks)}</h1><p>${escape(label)}</p><p>${escape(texts.change)}</p>`,
  );
}

/** What a customer reads when the link is no good. */
export function wrongLinkPage(language: string): string {
  const texts = textsOf(language);
  return wrap(language, texts.wrongLink, `<h1>${escape(texts.wrongLink)}</h1>`);
}

function wrap(language: string, title: string, body: string): string {
  const direction = language === "ar" ? "rtl" : "ltr";
  return `<!doctype html>
<html lang="${escape(language)}" dir="${direction}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>${escape(title)}</title><style>${STYLE}</style></head>
<body><main>${body}</main></body>
</html>
`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;").replaceAll("'", "&#39;");
}

/** The headers of every page; nothing is loaded, framed, cached or told to other sites. */
export async function pageHeaders(): Promise<Record<string, string>> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(STYLE));
  const hash = btoa(String.fromCharCode(...new Uint8Array(digest)));
  return {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": `default-src 'none'; style-src 'sha256-${hash}'; ` +
      "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex",
  };
}
