// The same work as plugin-server's Post block in Express, on two processes: finds the token in
// SQLite by its digest, validates the settings, reads the account's posts, brand colors and time zone
// (kept for 30 seconds), draws the card in the email's styles, cleans it with sanitize-html, looks for what Kit
// rejects, and writes a line of JSON to its log. With CACHE=1 it keeps 1,000 finished blocks in each
// process.
import cluster from "node:cluster";
import { createHash, randomBytes } from "node:crypto";
import Database from "better-sqlite3";
import express from "express";
import sanitize from "sanitize-html";
import { card } from "./card.js";

const FRESH = 30_000;
const CACHED = process.env.CACHE === "1" ? 1000 : 0;

const LENGTH = /^(\d{1,4}(\.\d+)?px|0|\d{1,3}%|auto|normal)( (\d{1,4}px|0)){0,3}$/;
const COLOR = /^(#[0-9a-f]{6}|rgba?\([\d ,.]+\)|transparent|inherit)$/i;
const WORD = /^[a-z-]+$/;
const LENGTHS = (
  "border-radius font-size height letter-spacing line-height margin max-width min-width " +
  "mso-padding-alt padding-bottom padding-left padding-right padding-top width"
).split(" ");
const WORDS = (
  "border-collapse display overflow-wrap text-align text-decoration text-transform " +
  "vertical-align word-break"
).split(" ");
// Braces as references, because sanitize-html decodes those that were written.
const withoutLiquid = (text) => text.replaceAll("{", "&#123;").replaceAll("}", "&#125;");

const RULES = {
  allowedTags: ["a", "div", "h2", "h3", "img", "p", "span", "style", "table", "tbody", "td", "tr"],
  // The sheet is ours: nothing of the creator's is in it.
  allowVulnerableTags: true,
  textFilter: withoutLiquid,
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
      border: [/^(0|\d+px solid #[0-9a-f]{6})$/i],
      color: [COLOR],
      "font-family": [/^[\w ,.'-]+$/],
      "font-weight": [/^([1-9]00|normal|bold)$/],
    },
  },
};

// https://developers.kit.com/plugins/content-blocks/plugin-security
const KIT_REJECTS = /<(script|iframe|audio|video|form|input|command|action|prompt)\b|\{\{|\{%|\}\}|%\}/i;

const DATES = new Map();
function day(moment, timeZone) {
  if (!DATES.has(timeZone)) {
    DATES.set(timeZone, new Intl.DateTimeFormat("en-US", { dateStyle: "medium", timeZone }));
  }
  return DATES.get(timeZone).format(new Date(moment));
}

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

async function read(account, path) {
  const url = `${process.env.KIT_API_URL}/v4/${path}`;
  return (await fetch(url, { headers: { Authorization: `Bearer ${account}` } })).json();
}

// One read of an account at a time, however many requests wait for it.
function accounts() {
  const known = new Map();
  return function data(account) {
    const kept = known.get(account);
    if (kept && Date.now() - kept.begun < FRESH) return kept.data;
    const begun = Date.now();
    const needed = ["posts?per_page=100", "account/colors", "account"];
    const data = Promise.all(needed.map((path) => read(account, path))).then(
      ([{ posts }, { colors }, of]) => ({
        posts: new Map(posts.map((post) => [String(post.id), post])),
        brand: colors[0],
        zone: of.account.timezone.name,
      }),
    );
    known.set(account, { begun, data });
    return data;
  };
}

function block(post, { brand, zone }, settings, styles, name) {
  const shown = {
    title: post.title,
    url: post.public_url,
    description: post.description,
    image: post.thumbnail_url,
    alt: post.thumbnail_alt,
    date: day(post.published_at, zone),
    brand,
  };
  const html = sanitize(card(shown, settings, styles, name), RULES);
  return KIT_REJECTS.test(html) ? null : html;
}

function log(request, response, account, begun) {
  const line = {
    timestamp: new Date().toISOString(),
    level: "info",
    event: "request",
    request_id: randomBytes(8).toString("hex"),
    method: request.method,
    path: request.path,
    status: response.statusCode,
    milliseconds: performance.now() - begun,
    account,
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function serve() {
  const database = new Database(process.env.TOKENS, { readonly: true });
  const findToken = database.prepare(
    "SELECT account_id, scope FROM tokens WHERE digest = ? AND expires_at > ? AND revoked_at IS NULL",
  );
  const dataOf = accounts();
  const cache = new Map();
  const app = express();
  app.disable("etag");
  app.use(express.json({ limit: "256kb", verify: (request, _, raw) => (request.raw = raw) }));
  app.post("/blocks/post/html", async (request, response) => {
    const begun = performance.now();
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
    const found = findToken.get(sha256(token), Math.floor(Date.now() / 1000));
    response.on("finish", () => log(request, response, found?.account_id, begun));
    if (!found) return response.status(401).json({ code: 401, errors: ["Install the app again."] });
    if (!found.scope.split(" ").includes("read:posts")) return response.status(403).json({});
    const { settings = {}, styles = {} } = request.body;
    const wrong = problems(settings);
    if (wrong.length) return response.json({ code: 422, errors: wrong });
    const data = await dataOf(found.account_id);
    const digest = sha256(request.raw);
    const key = CACHED && `${found.account_id} ${digest}`;
    const kept = cache.get(key);
    if (kept?.data === data) return response.json({ code: 200, html: kept.html });
    const post = data.posts.get(settings.post);
    if (!post) return response.json({ code: 404, errors: ["This post was deleted."] });
    const html = block(post, data, settings, styles, `kb-post-${digest.slice(0, 8)}`);
    if (!html) return response.status(500).json({ code: 500, errors: ["Kit would reject it."] });
    if (CACHED) {
      if (cache.size >= CACHED) cache.delete(cache.keys().next().value);
      cache.set(key, { data, html });
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
