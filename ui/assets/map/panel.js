/* The boxes on the map: layer switch, legend, coordinates, 演示数据 badge, notices. Text is set by textContent only. */
(function () {
  "use strict";
  const YZT = (window.YZT = window.YZT || {});
  const NARROW = 720;
  const LOW = 640;
  const ROOMY = 840;

  /** Makes an element; text never is HTML. */
  function el(tag, name, text) {
    const made = document.createElement(tag);
    if (name) made.className = name;
    if (text !== undefined && text !== null) made.textContent = text;
    return made;
  }

  function boxed(title, open) {
    const box = el("section", "yzt-box");
    const head = el("button", "yzt-head", title);
    const body = el("div", "yzt-body");
    head.type = "button";
    const set = (now) => {
      body.hidden = !now;
      head.setAttribute("aria-expanded", String(now));
    };
    head.addEventListener("click", () => set(body.hidden));
    set(open);
    box.append(head, body);
    return { box, body };
  }

  function swatch(row, images) {
    if (row.image && images.has(row.image)) {
      const canvas = YZT.symbols.draw(images.get(row.image), 3);
      canvas.className = "yzt-symbol";
      return canvas;
    }
    const mark = el("span", row.bubble ? "yzt-bubble" : "yzt-swatch");
    if (row.bubble) {
      mark.style.background = row.bubble;
      mark.textContent = "12";
    } else if (row.swatch) {
      mark.style.background = row.dashed ? "transparent" : row.swatch;
      mark.style.borderColor = row.swatch;
      if (row.dashed) mark.classList.add("yzt-dashed");
    } else mark.classList.add("yzt-none");
    return mark;
  }

  function legendRow(row, images) {
    const line = el("div", row.image || row.swatch || row.bubble ? "yzt-row" : "yzt-row yzt-note");
    if (row.grade) line.dataset.grade = row.grade;
    if (row.image || row.swatch || row.bubble) line.append(swatch(row, images));
    line.append(el("span", "", row.text));
    return line;
  }

  /** Fills the legend with what is visible: grades once with the name of each scheme, then the rest. */
  function fillLegend(body, config, visible) {
    const images = new Map(config.images.map((spec) => [spec.id, spec]));
    const shown = config.layers.filter((layer) => visible.has(layer.id) && layer.legend.length);
    const graded = shown.filter((layer) => layer.grade);
    body.replaceChildren();
    if (graded.length) {
      const block = el("div", "yzt-block");
      for (const layer of graded) {
        const name = el("div", "yzt-scheme");
        name.append(el("b", "", layer.title), el("span", "", layer.scheme));
        block.append(name);
      }
      for (const row of graded[0].legend.filter((each) => each.image)) block.append(legendRow(row, images));
      const letters = graded.flatMap((layer) => layer.legend.filter((row) => row.letter).map((row) => row.letter));
      block.append(legendRow({ text: `符号里的字：${letters.join("，")}` }, images));
      const said = graded.flatMap((layer) => layer.legend.filter((row) => !row.image && row.text).map((row) => row.text));
      for (const text of new Set(said)) block.append(legendRow({ text }, images));
      body.append(block);
    }
    for (const layer of shown.filter((each) => !each.grade)) {
      const block = el("div", "yzt-block");
      if (layer.legend.length > 3) block.append(el("div", "yzt-scheme", layer.title));
      for (const row of layer.legend) block.append(legendRow(row, images));
      for (const note of layer.notes) block.append(el("div", "yzt-row yzt-note", note));
      body.append(block);
    }
    if (!shown.length) body.append(el("div", "yzt-row yzt-note", "没有打开的专题图层"));
  }

  const opened = new Map(); // which groups the user has opened or closed

  /** Fills the switch: one tick box per layer, by group; greyed where the zoom is too low to see it. */
  function fillSwitch(body, config, visible, zoom, change) {
    body.replaceChildren();
    const groups = new Map();
    for (const layer of config.layers) {
      if (!layer.listed && !visible.has(layer.id)) continue;
      if (!groups.has(layer.group)) groups.set(layer.group, []);
      groups.get(layer.group).push(layer);
    }
    for (const name of ["场所", "工作", "力量", "规划", ...groups.keys()]) {
      if (!groups.has(name)) continue;
      const group = el("details", "yzt-block");
      const base = groups.get(name).every((layer) => layer.base || layer.group === "区域");
      group.open = opened.has(name) ? opened.get(name) : !base;
      group.addEventListener("toggle", () => opened.set(name, group.open));
      group.append(el("summary", "yzt-group", name));
      for (const layer of groups.get(name)) group.append(tick(layer, visible, zoom, change));
      body.append(group);
      groups.delete(name);
    }
  }

  function tick(layer, visible, zoom, change) {
    const line = el("label", "yzt-tick");
    const input = el("input");
    input.type = "checkbox";
    input.checked = visible.has(layer.id);
    input.dataset.layer = layer.id;
    input.addEventListener("change", () => change(layer.id, input.checked));
    line.append(input, el("span", "", layer.title));
    if (zoom < layer.zoom[0]) line.append(el("i", "", "放大可见"));
    return line;
  }

  function coordinates(map, root) {
    const box = el("div", "yzt-coordinates", "WGS-84");
    const write = (at) => {
      const east = at.lng >= 0 ? "E" : "W";
      const north = at.lat >= 0 ? "N" : "S";
      box.textContent = `${Math.abs(at.lng).toFixed(5)}°${east}  ${Math.abs(at.lat).toFixed(5)}°${north}  WGS-84`;
    };
    map.on("mousemove", (event) => write(event.latlng));
    map.on("moveend", () => write(map.getCenter()));
    root.append(box);
    return box;
  }

  /** Builds the boxes in the map's container; returns what refreshes and says things in them. */
  function build(map, state, options, change) {
    const root = el("div", "yzt-panel");
    const container = map.getContainer();
    container.classList.add("yzt-map");
    const narrow = container.clientWidth < NARROW;
    const low = container.clientHeight < LOW;
    L.DomEvent.disableClickPropagation(root).disableScrollPropagation(root);
    const right = el("div", "yzt-right");
    const layers = options.panel ? boxed("图层", !narrow && !low && options.panel !== "closed") : null;
    const legend = options.legend ? boxed("图例", !narrow) : null;
    if (layers) right.append(layers.box);
    if (legend) right.append(legend.box);
    root.append(right);
    const foot = el("div", "yzt-foot");
    if (options.coordinates) coordinates(map, foot);
    const credit = el("div", "yzt-credit");
    if (options.attribution) foot.append(credit);
    root.append(foot);
    const badge = el("div", "yzt-badge");
    badge.hidden = true;
    if (options.badge) root.append(badge);
    const notice = el("div", "yzt-notice");
    notice.hidden = true;
    notice.setAttribute("role", "status");
    root.append(notice);
    container.append(root);
    const zoom = () => Math.floor(map.getZoom() - 1);

    function refresh() {
      const { config, visible } = state;
      for (const [name, value] of Object.entries(config.panel)) container.style.setProperty(`--yzt-${name}`, value);
      container.style.setProperty("--yzt-scale", String(config.scale));
      container.dataset.theme = config.theme;
      badge.textContent = config.city.demo || "";
      badge.hidden = !config.city.demo;
      credit.textContent = config.city.attribution;
      if (layers) fillSwitch(layers.body, config, visible, zoom(), change);
      if (legend) fillLegend(legend.body, config, visible);
    }
    let last = zoom();
    map.on("zoomend", () => {
      if (state.config && layers && zoom() !== last) fillSwitch(layers.body, state.config, state.visible, zoom(), change);
      last = zoom();
    });
    return {
      root,
      refresh,
      /** How many pixels on the right lie under open boxes: what is fitted goes beside them where there is room. */
      covered() {
        const open = right.querySelector(".yzt-body:not([hidden])");
        return open && container.clientWidth >= ROOMY ? right.offsetWidth : 0;
      },
      say(text) {
        notice.textContent = text || "";
        notice.hidden = !text;
      },
    };
  }

  YZT.panel = { build, el };
})();
