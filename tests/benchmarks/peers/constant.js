// The least that a server of a block can do: Express, one process, one answer for everybody. It
// authenticates nobody, reads nothing but JSON and cleans nothing.
import express from "express";
import { card } from "./card.js";

const html = card(
  { title: "A letter about the sea", url: "https://example.com/p/1", description: "About it." },
  { show_description: true, show_button: true, button_text: "Read more" },
  {},
);

const app = express();
app.use(express.json({ limit: "256kb" }));
app.post("/blocks/post/html", (_request, response) => response.json({ code: 200, html }));
app.listen(Number(process.env.PORT), "127.0.0.1");
