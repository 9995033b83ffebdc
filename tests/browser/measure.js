// Looks at the blocks of an email as a reader's eye would. Each function returns plain data, and
// says of which example it is.
window.measure = (() => {
  const TOLERANCE = 0.6; // px; tables round their cells
  const places = () => [...document.querySelectorAll("[data-example]")];
  const name = (node) => (node.closest ? node : node.parentElement).closest("[data-example]").dataset.example;
  const excerpt = (node) => (node.textContent || node.alt || node.tagName).trim().slice(0, 40);
  const box = (rect) => ({ left: rect.left, right: rect.right, top: rect.top, bottom: rect.bottom });

  function textNodes(place) {
    const walker = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) {
      const node = walker.currentNode;
      if (node.data.trim() && node.parentElement.tagName !== "STYLE") found.push(node);
    }
    return found;
  }

  function rects(node) {
    if (node instanceof Element) return [node.getBoundingClientRect()];
    const range = document.createRange();
    range.selectNodeContents(node);
    return [...range.getClientRects()];
  }

  /** Texts and elements that stick out of their block's place. */
  function overflowing() {
    return places().flatMap((place) => {
      const room = place.getBoundingClientRect();
      return [...place.querySelectorAll("*"), ...textNodes(place)]
        .filter((node) =>
          rects(node).some((rect) => rect.width && (rect.left < room.left - TOLERANCE || rect.right > room.right + TOLERANCE)),
        )
        .map((node) => `${name(node)}: ${excerpt(node)}`);
    });
  }

  function scrollsSideways() {
    const root = document.documentElement;
    return root.scrollWidth > root.clientWidth;
  }

  // A row may end with a column that holds nothing, to keep the others at their widths.
  const isColumn = (cell) => /-column$/.test(cell.className) && (cell.textContent.trim() || cell.querySelector("img"));

  // A row of three or more is nested: a column that holds the first ones, and the last.
  const columnsIn = (node) =>
    [...node.children].flatMap((child) => {
      if (!isColumn(child)) return child.localName === "td" ? [] : columnsIn(child);
      const table = child.querySelector(":scope > table");
      const inner = table ? columnsIn(table) : [];
      return inner.length ? inner : [child];
    });
  const isOutermost = (row) => !row.parentElement.closest("[class$=-column]");

  /** Rows of columns: the boxes of each row in the order of the source. */
  function columns() {
    return places().flatMap((place) =>
      [...place.querySelectorAll("tr")]
        .filter(isOutermost)
        .map(columnsIn)
        .filter((cells) => cells.length > 1)
        .map((cells) => ({
          example: name(cells[0]),
          direction: getComputedStyle(cells[0]).direction,
          boxes: cells.map((cell) => box(cell.getBoundingClientRect())),
        })),
    );
  }

  const isClear = (color) => /^rgba\(.*, 0\)$/.test(color);

  /** Links that look like buttons. */
  function buttons() {
    return places().flatMap((place) =>
      [...place.querySelectorAll("a")]
        .map((link) => ({ link, color: getComputedStyle(link).backgroundColor }))
        .filter(({ color }) => !isClear(color))
        .map(({ link, color }) => {
          const { width, height } = link.getBoundingClientRect();
          return { example: name(link), text: excerpt(link), color, width, height };
        }),
    );
  }

  function backgroundOf(element) {
    for (let each = element; each; each = each.parentElement) {
      const color = getComputedStyle(each).backgroundColor;
      if (!isClear(color)) return { color, isBlocks: Boolean(each.closest("[data-example]")) };
    }
    return { color: "rgb(255, 255, 255)", isBlocks: false };
  }

  /** What can be read, alternative texts included: how large, in which color, on which. */
  function texts() {
    return places().flatMap((place) => {
      const images = [...place.querySelectorAll("img")].filter((image) => image.alt);
      return [...textNodes(place), ...images].map((node) => {
        const element = node instanceof Element ? node : node.parentElement;
        const style = getComputedStyle(element);
        const background = backgroundOf(element);
        return {
          example: name(node),
          text: excerpt(node),
          size: parseFloat(style.fontSize),
          weight: Number(style.fontWeight),
          color: style.color,
          background: background.color,
          isOnBlock: background.isBlocks,
          isAlternative: node instanceof Element,
        };
      });
    });
  }

  /** Images: whether they were loaded, their alternative text, and the room they take. */
  function images() {
    return places().flatMap((place) =>
      [...place.querySelectorAll("img")].map((image) => {
        const { width, height } = image.getBoundingClientRect();
        return { example: name(image), alt: image.alt, isShown: image.naturalWidth > 0, width, height };
      }),
    );
  }

  return { overflowing, scrollsSideways, columns, buttons, texts, images };
})();
