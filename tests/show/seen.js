() => {
  document.querySelectorAll("details").forEach(one => { one.open = true; });
  const root = document.scrollingElement;
  const visible = one => one.checkVisibility() && one.getBoundingClientRect().width > 0;
  const name = one => `${one.tagName} ${one.className.baseVal ?? one.className} ${one.textContent.trim().slice(0, 40)}`;
  const scrolls = one => one.closest(".scroll") !== null && getComputedStyle(one.closest(".scroll")).overflowX === "auto";
  const drawings = [...document.querySelectorAll("svg")].filter(one => one.checkVisibility()).map(svg => {
    const box = svg.getBoundingClientRect();
    const drawn = [...svg.querySelectorAll("path, circle, rect, polyline, polygon")]
      .filter(one => { const b = one.getBBox(); return b.width + b.height > 0; });
    const outside = [...svg.querySelectorAll("path, circle, rect, polyline, polygon, text")].filter(one => {
      const b = one.getBoundingClientRect();
      return b.width + b.height > 0
        && (b.left < box.left - 2 || b.right > box.right + 2 || b.top < box.top - 2 || b.bottom > box.bottom + 2);
    });
    return {
      title: svg.querySelector("title")?.textContent ?? "", width: box.width, height: box.height,
      marks: drawn.length, outside: outside.map(name),
    };
  });
  return {
    overflow: root.scrollWidth - root.clientWidth,
    wider: [...document.querySelectorAll("body *")].filter(one => visible(one) && !one.closest("svg") && !scrolls(one)
      && (one.getBoundingClientRect().right > root.clientWidth + 1 || one.getBoundingClientRect().left < -1)).map(name),
    empty: [...document.querySelectorAll("section, figure, article, table, p, dl")]
      .filter(one => one.checkVisibility() && one.getBoundingClientRect().height < 2).map(name),
    ground: getComputedStyle(document.querySelector(".unstuck-run") ?? document.body).backgroundColor,
    texts: [...document.querySelectorAll("h1, h2, h3, p, td, .code")].filter(visible).map(one => {
      const { top, bottom, right } = one.getBoundingClientRect();
      return { tag: one.tagName, text: one.textContent.trim().replace(/\s+/g, " "), top, bottom, right };
    }),
    drawings,
  };
}
