// The same work as plugin-server's Post block in Express, on two processes: finds the token in
// SQLite by its digest, validates the settings, reads the account's posts (kept for 30 seconds),
// draws the card in the email's styles, cleans it with sanitize-html. With CACHE=1 it keeps 1,000
// finished blocks in each process.
import cluster from "node:cluster";
import { createHash } from "node:crypto";
import Database from "better-sqlite3";
import express from "express";
import sanitize from "sanitize-html";
import { card } from "./card.js";

const FRESH = 30_000;
const CACHED = process.env.CACHE === "1" ? 1000 : 0;

const LENGTH = /^(\d{1,4}(\.\d+)?px|0|100%|auto|normal)( (\d{1,4}px|0)){0,3}$/;
const COLOR = /^(#[0-9a-f]{6}|rgba?\([\d ,.]+\)|transparent|inherit)$/i;
const WORD = /^[a-z-]+$/;
const LENGTHS = (
  "border-radius font-size height letter-spacing line-height margin max-width padding-bottom " +
  "padding-left padding-right padding-top width"
).split(" ");
const WORDS = (
  "border-collapse display overflow-wrap text-align text-decoration text-transform " +
  "vertical-align word-break"
).split(" ");
const RULES = {
  allowedTags: ["a", "div", "h2", "h3", "img", "p", "span", "table", "tbody", "td", "tr"],
  allowedAttributes: {
    "*": ["align", "bgcolor", "class", "dir", "role", "style", "valign", "width"],
    a: ["href", "target"],
    img: ["alt", "border", "height", "src"],
    table: ["border", "cellpadding", "cellspacing"],
  },
  allowedSchemes: ["http", "https", "mailto"],
  allowedStyles: {
    "*": {
      ...Object.fromEntries(LENGTHS.map((name) => [name, [LENGTH]])),
      ...Object.fromEntries(WORDS.map((name) => [name, [WORD]])),
      "background-color": [COLOR],
      border: [/^\d+px solid #[0-9a-f]{6}$/i],
      color: [COLOR],
      "font-family": [/^[\w ,.'-]+$/],
      "font-weight": [/^([1-9]00|normal|bold)$/],
    },
  },
};

const TYPES = {
  post: (value) => typeof value === "string" && /^\d{1,19}$/.test(value),
  layout: (value) => ["card", "image_left", "text_only"].includes(value),
  show_image: (value) => typeof value === "boolean",
  show_date: (value) => typeof value === "boolean",
  language: (value) => typeof value === "string" && value.length < 20,
  show_description: (value) => typeof value === "boolean",
  show_button: (value) => typeof value === "boolean",
  button_text: (value) => typeof value === "string" && value.length <= 500,
  button_color: (value) => typeof value === "string" && COLOR.test(value),
  text_color: (value) => typeof value === "string" && COLOR.test(value),
  background_color: (value) => typeof value === "string" && COLOR.test(value),
  font: (value) => typeof value === "object",
};

const sha256 = (data) => createHash("sha256").update(data).digest("hex");

function problems(settings) {
  const found = settings.post ? [] : ['"Post" is required. Choose one.'];
  for (const [name, isValid] of Object.entries(TYPES)) {
    const value = settings[name];
    if (value !== undefined && value !== null && !isValid(value)) found.push(`"${name}" is wrong.`);
  }
  return found;
}

// One read of an account at a time, however many requests wait for it.
function accounts() {
  const known = new Map();
  return function posts(account) {
    const kept = known.get(account);
    if (kept && Date.now() - kept.begun < FRESH) return kept.posts;
    const begun = Date.now();
    const posts = fetch(`${process.env.KIT_API_URL}/v4/posts?per_page=100`, {
      headers: { Authorization: `Bearer ${account}` },
    })
      .then((answer) => answer.json())
      .then((body) => new Map(body.posts.map((post) => [String(post.id), post])));
    known.set(account, { begun, posts });
    return posts;
  };
}

function block(post, settings, styles) {
  const shown = {
    title: post.title,
    url: post.public_url,
    description: post.description,
    image: post.thumbnail_url,
    alt: post.thumbnail_alt,
    date: new Date(post.published_at).toDateString(),
  };
  const chosen = { show_description: true, show_button: true, ...settings };
  const html = sanitize(card(shown, chosen, styles), RULES);
  // sanitize-html decodes entities, so Liquid is looked for in what it returns.
  return html.replaceAll("{", "&#123;").replaceAll("}", "&#125;");
}

function serve() {
  const database = new Database(process.env.TOKENS, { readonly: true });
  const findToken = database.prepare(
    "SELECT account_id, scope FROM tokens WHERE digest = ? AND expires_at > ? AND revoked_at IS NULL",
  );
  const postsOf = accounts();
  const cache = new Map();
  const app = express();
  app.use(express.json({ limit: "256kb", verify: (request, _, raw) => (request.raw = raw) }));
  app.post("/blocks/post/html", async (request, response) => {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
    const found = findToken.get(sha256(token), Math.floor(Date.now() / 1000));
    if (!found) return response.status(401).json({ code: 401, errors: ["Install the app again."] });
    if (!found.scope.split(" ").includes("read:posts")) return response.status(403).json({});
    const { settings = {}, styles = {} } = request.body;
    const wrong = problems(settings);
    if (wrong.length) return response.json({ code: 422, errors: wrong });
    const posts = await postsOf(found.account_id);
    const key = CACHED && `${found.account_id} ${sha256(request.raw)}`;
    const kept = cache.get(key);
    if (kept?.posts === posts) return response.json({ code: 200, html: kept.html });
    const post = posts.get(settings.post);
    if (!post) return response.json({ code: 404, errors: ["This post was deleted."] });
    const html = block(post, settings, styles);
    if (CACHED) {
      if (cache.size >= CACHED) cache.delete(cache.keys().next().value);
      cache.set(key, { posts, html });
    }
    return response.json({ code: 200, html });
  });
  app.listen(Number(process.env.PORT), "127.0.0.1");
}

if (cluster.isPrimary) {
  cluster.fork();
  cluster.fork();
} else {
  serve();
}
