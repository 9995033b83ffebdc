// A post as an email shows it: tables and inline styles that follow the email around it.
const FONT = "-apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif";

const escape = (text) =>
  String(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");

function text(styles, element, size, more = "") {
  const given = styles[element] ?? {};
  const family = String(given["font-family"] ?? FONT).replaceAll('"', "'");
  const weight = given["font-weight"] ?? (element === "p" ? "400" : "700");
  const pixels = size ?? parseFloat(given["font-size"] ?? "17");
  const color = given.color ? `color:${given.color};` : "";
  return (
    `font-family:${family};font-size:${pixels}px;font-weight:${weight};` +
    `line-height:${Math.round(pixels * 1.5)}px;${color}margin:0;overflow-wrap:break-word${more}`
  );
}

const table = (rows, style = "") =>
  '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" ' +
  `style="width:100%;border-collapse:separate${style}"><tbody>${rows}</tbody></table>`;

const row = (content, padding) =>
  `<tr><td align="left" style="padding-top:${padding}px;text-align:left">${content}</td></tr>`;

export function card(post, settings, styles) {
  const link = escape(post.url);
  const paragraph = (words, size) =>
    `<p style="${escape(text(styles, "p", size))}">${escape(words)}</p>`;
  const rows = [
    row(
      `<h2 style="${escape(text(styles, "h2", 26))}"><a href="${link}" target="_blank" ` +
        `style="color:${styles.h2?.color ?? "#111111"};text-decoration:none">` +
        `${escape(post.title)}</a></h2>`,
      0,
    ),
  ];
  if (post.date) rows.push(row(paragraph(post.date, 14), 6));
  if (settings.show_description) rows.push(row(paragraph(post.description), 12));
  if (settings.show_button) {
    const color = settings.button_color ?? styles.a?.color ?? "#1f5fbf";
    rows.push(
      row(
        `<a href="${link}" target="_blank" style="${escape(text(styles, "p", 16))};` +
          `display:inline-block;background-color:${color};color:#ffffff;padding-top:12px;` +
          `padding-right:24px;padding-bottom:12px;padding-left:24px;border-radius:6px;` +
          `text-decoration:none">${escape(settings.button_text ?? "Read more")}</a>`,
        20,
      ),
    );
  }
  const picture = post.image
    ? `<a href="${link}" target="_blank" style="display:block;text-decoration:none">` +
      `<img src="${escape(post.image)}" alt="${escape(post.alt)}" width="560" border="0" ` +
      `style="${escape(text(styles, "p", 14))};display:block;width:100%;height:auto;` +
      `border-radius:7px 7px 0 0"></a>`
    : "";
  const panel = table(
    `<tr><td align="left" style="padding-top:24px;padding-right:24px;padding-bottom:24px;` +
      `padding-left:24px;text-align:left">${table(rows.join(""))}</td></tr>`,
  );
  return (
    '<div class="kb-post" dir="ltr">' +
    table(
      `<tr><td align="left" style="border:1px solid #dddddd;border-radius:8px;text-align:left">` +
        `${picture}${panel}</td></tr>`,
      ";max-width:600px",
    ) +
    "</div>"
  );
}
