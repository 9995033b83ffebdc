// The least that a server of a block can do: Express, one process, one response for everybody. It
// authenticates nobody, reads nothing but JSON and cleans nothing.
import express from "express";
import { card } from "./card.js";

const font = "Charter, Georgia, Times, 'Times New Roman', serif";
const html = card(
  {
    title: "The river and the winter of history, part 50",
    url: "https://letters.example.com/posts/post-50",
    description: "What a morning can tell us about a painting, and why it matters to you.",
    image: "https://images.example.com/50.jpg",
    alt: "A morning",
    date: "May 7, 2015",
  },
  { button_text: "Read more" },
  {
    h2: { color: "#14142f", "font-family": font, "font-size": "24px" },
    p: { color: "#14142f", "font-family": font, "font-size": "16px" },
  },
  "kb-post-d2a2e5c6",
);

const app = express();
app.disable("etag");
app.use(express.json({ limit: "256kb" }));
app.post("/blocks/post/html", (_request, response) => response.json({ code: 200, html }));
app.listen(Number(process.env.PORT), "127.0.0.1");
