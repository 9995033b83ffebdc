// Kit's API as far as the measured servers read it. It responds from memory, after LATENCY milliseconds, but
// takes 200 ms at least for a single post, as a slow Kit would. GET /requests tells how many it has had.
import http from "node:http";

const LATENCY = Number(process.env.LATENCY ?? 0);
const SLOW = Math.max(200, LATENCY);
const WORDS = (
  "letter sea garden winter morning recipe travel notes quiet story island bread market music " +
  "weather river history painting craft holiday birds mountain kitchen reading writing"
).split(" ");

function post(id) {
  const word = (step) => WORDS[(id * 7 + step * 13 + Math.floor(id / 25)) % WORDS.length];
  return {
    id,
    publication_id: id,
    created_at: "2026-03-01T08:00:00Z",
    title: `The ${word(1)} and the ${word(2)} of ${word(3)}, part ${id}`,
    slug: `post-${id}`,
    description: `What a ${word(4)} can tell us about a ${word(5)}, and why it matters to you.`,
    status: "published",
    // All of them in the past, the later the higher the number, as far as lists of posts go.
    published_at: new Date(Date.UTC(2026, 9, 1) - (100_000 - (id % 100_000)) * 3_600_000).toISOString(),
    thumbnail_url: `https://images.example.com/${id}.jpg`,
    thumbnail_alt: `A ${word(4)}`,
    is_paid: false,
    public_url: `https://letters.example.com/posts/post-${id}`,
  };
}

// The account's token says how many posts it has: "…-posts-1000".
function posts(token, query) {
  const count = Number(/-posts-(\d+)$/.exec(token)?.[1] ?? 60);
  const size = Number(query.get("per_page") ?? 500);
  const start = Number(query.get("after") ?? 0);
  const end = Math.min(start + size, count);
  return {
    posts: Array.from({ length: end - start }, (_, i) => post(count - start - i)),
    pagination: {
      has_previous_page: start > 0,
      has_next_page: end < count,
      start_cursor: String(start),
      end_cursor: String(end),
      per_page: size,
    },
  };
}

const ACCOUNT = {
  account: {
    id: 1,
    name: "Ada",
    plan_type: "creator",
    created_at: "2023-02-17T11:43:55Z",
    timezone: { name: "America/New_York", friendly_name: "Eastern Time", utc_offset: "-05:00" },
  },
};

let requests = 0;

const server = http.createServer((request, response) => {
  const url = new URL(request.url, "http://kit");
  const token = (request.headers.authorization ?? "").replace("Bearer ", "");
  const send = (body) => {
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify(body));
  };
  const respond = (body) => (LATENCY ? setTimeout(send, LATENCY, body) : send(body));
  if (url.pathname === "/requests") return send({ requests });
  requests += 1;
  const single = /^\/v4\/posts\/(\d+)$/.exec(url.pathname);
  if (single) setTimeout(() => send({ post: post(Number(single[1])) }), SLOW);
  else if (url.pathname === "/v4/posts") respond(posts(token, url.searchParams));
  else if (url.pathname === "/v4/account") respond(ACCOUNT);
  else if (url.pathname === "/v4/account/colors") respond({ colors: ["#0b63c4"] });
  else {
    response.statusCode = 404;
    respond({ errors: ["Not Found"] });
  }
});
server.keepAliveTimeout = 60_000;
server.listen(Number(process.env.PORT), "127.0.0.1");
