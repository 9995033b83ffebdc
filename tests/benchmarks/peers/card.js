// A post as an email shows it, in the layouts of plugin-server's Post block and about as long: tables, inline
// styles that follow the email around it, and a media query for phones.
const FONT = "-apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif";
const ACCENT = "#1f5fbf";
const WRAPPED = "overflow-wrap:break-word;word-break:break-word";

const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escape = (text) => String(text).replace(/[&<>"]/g, (each) => ENTITIES[each]);

// Of "#rrggbb" or "rgb(r, g, b)", what computed styles and settings hold.
function channels(color) {
  if (color.startsWith("#")) return [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
  return color.match(/\d+/g).slice(0, 3).map(Number);
}

const hex = (color) =>
  "#" + channels(color).map((each) => each.toString(16).padStart(2, "0")).join("");

// Relative luminance: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance
function luminance(color) {
  const [red, green, blue] = channels(color).map((each) => {
    const share = each / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

const readableOn = (color) => (1.05 / (luminance(color) + 0.05) >= 4.5 ? "#ffffff" : "#111111");

// What an element looks like in this email, with what the block wants otherwise.
function look(email, font, element, { size, largest = 20 }) {
  const given = email[element] ?? {};
  const family = String(font?.fontFamily ?? given["font-family"] ?? FONT).replaceAll('"', "'");
  const heading = element !== "p";
  const weight = (heading && font?.fontWeight) || (given["font-weight"] ?? (heading ? 700 : 400));
  const pixels = size ?? Math.min(parseFloat(given["font-size"] ?? "17"), largest);
  const color = given.color ? `color:${hex(given.color)};` : "";
  return (
    `font-family:${family};font-size:${pixels}px;font-weight:${weight};` +
    `line-height:${Math.round(pixels * 1.5)}px;${color}`
  );
}

const table = (rows, { most = "", width = "100%" } = {}) =>
  `<table role="presentation"${width && ` width="${width}"`} cellpadding="0" cellspacing="0" ` +
  `border="0" style="${width && `width:${width};`}${most}border-collapse:separate">\n` +
  `<tbody>\n${rows}\n</tbody>\n</table>`;

const row = (content, padding = 0) =>
  `<tr><td align="left" style="${padding ? `padding-top:${padding}px;` : ""}text-align:left">\n` +
  `${content}\n</td></tr>`;

const column = (name, content, share, least, gap = "") =>
  `<td class="${name}-column" align="left" valign="top" width="${share}" ` +
  `style="display:inline-block;width:${share};min-width:${least};${gap}text-align:left;` +
  `vertical-align:top">\n${content}\n</td>`;

function button(words, link, color, style) {
  const on = readableOn(color);
  return table(
    `<tr><td align="center" dir="ltr" bgcolor="${color}" style="background-color:${color};` +
      `border-radius:6px;mso-padding-alt:12px 24px">\n` +
      `<a href="${link}" target="_blank" style="${style}background-color:${color};color:${on};` +
      `border-radius:6px;display:inline-block;padding-top:12px;padding-right:24px;` +
      `padding-bottom:12px;padding-left:24px;text-align:center;text-decoration:none;` +
      `word-break:break-word"><span style="color:${on}">${escape(words)}</span></a>\n</td></tr>`,
    { width: "" },
  );
}

function words(post, settings, email, largest) {
  const { font } = settings;
  const link = escape(post.url);
  const paragraph = (text, size) =>
    `<p dir="ltr" style="${look(email, font, "p", { size })}margin:0;${WRAPPED}">${escape(text)}</p>`;
  const rows = [
    row(
      `<h2 dir="ltr" style="${look(email, font, "h2", { largest })}margin:0;${WRAPPED}">` +
        `<a href="${link}" target="_blank" style="color:${hex(email.h2?.color ?? "#111111")};` +
        `text-decoration:none">${escape(post.title)}</a></h2>`,
    ),
  ];
  if (settings.show_date && post.date) rows.push(row(paragraph(post.date, 14), 6));
  if (settings.show_description) rows.push(row(paragraph(post.description), 12));
  if (settings.show_button) {
    const color = hex(settings.button_color ?? post.brand ?? email.a?.color ?? ACCENT);
    const style = look(email, font, "p", { size: 16 });
    rows.push(row(button(settings.button_text ?? "Read more", link, color, style), 20));
  }
  return table(rows.join("\n"));
}

const picture = (post, { font }, email, width, radius) =>
  `<a href="${escape(post.url)}" target="_blank" style="display:block;text-decoration:none">\n` +
  `<img src="${escape(post.image)}" alt="${escape(post.alt)}" width="${width}" border="0" ` +
  `style="${look(email, font, "p", { size: 14 })}display:block;width:100%;height:auto;border:0;` +
  `border-radius:${radius};${WRAPPED}">\n</a>`;

const phones = (rules) => `<style>\n@media only screen and (max-width:600px) {\n${rules}\n}\n</style>\n`;

const LAYOUTS = {
  card(post, settings, email, name) {
    const line = luminance(email.p?.color ?? "#111111") < 0.4 ? "#dddddd" : "#4a4a4a";
    const inner = table(
      `<tr><td class="${name}-panel" align="left" style="padding-top:24px;padding-right:24px;` +
        `padding-bottom:24px;padding-left:24px;text-align:left">\n` +
        `${words(post, settings, email, 26)}\n</td></tr>`,
    );
    const image = settings.show_image && post.image;
    return [
      `.${name}-panel { padding-left:16px !important; padding-right:16px !important }`,
      `<tr><td align="left" style="border:1px solid ${line};border-radius:8px;text-align:left">\n` +
        `${image ? picture(post, settings, email, 560, "7px 7px 0 0") : ""}${inner}\n</td></tr>`,
    ];
  },
  image_left(post, settings, email, name) {
    const image =
      `<tr><td class="${name}-gutter" align="left" style="padding-right:20px;text-align:left">\n` +
      `${picture(post, settings, email, 196, "6px")}\n</td></tr>`;
    const gap = "padding-bottom:16px;";
    const columns =
      column(name, table(image), "36%", "180px", gap) +
      column(name, words(post, settings, email, 22), "64%", "240px");
    return [
      `.${name}-column { display:block !important; width:100% !important; min-width:0 !important }\n` +
        `.${name}-gutter { padding-left:0 !important; padding-right:0 !important }`,
      row(table(`<tr>\n${columns}\n</tr>`)),
    ];
  },
  text_only: (post, settings, email) => ["", row(words(post, settings, email, 26))],
};

const CHOSEN = {
  layout: "card",
  show_image: true,
  show_date: true,
  show_description: true,
  show_button: true,
};

// `post` has title, url, description, date, image, alt and the account's `brand` color; `email` the computed
// styles of its elements; `name` is a class that no other block of the email has.
export function card(post, settings, email, name) {
  const chosen = { ...CHOSEN, ...settings };
  const [rules, rows] = LAYOUTS[chosen.layout](post, chosen, email, name);
  return (
    `<div class="${name}" dir="ltr">\n${rules && phones(rules)}` +
    `${table(rows, { most: "max-width:600px;" })}\n</div>`
  );
}
