/* Pointing and clicking: what lies under the pointer, a tooltip in plain text, and the event a click becomes. */
(function () {
  "use strict";
  const YZT = (window.YZT = window.YZT || {});
  const NEAR_PX = 4; // a finger or pointer may miss by so much
  const SAME_PX = 3; // places closer than this are offered as a list
  const MOST_LISTED = 60;
  const MOST_KEPT = 3000;
  const DEEPEST = 18;
  const GRADES = [
    ["red", "红"], ["orange", "橙"], ["yellow", "黄"], ["blue", "蓝"], ["unknown", "未知"],
    ["unknown_severe", "未知·至少橙"], ["na", "不适用"],
  ];

  function create(map, gl, state, options, panel) {
    const { el } = YZT.panel;
    const tip = el("div", "yzt-tip");
    tip.hidden = true;
    panel.root.append(tip);
    const cache = new Map();
    const byId = () => new Map(state.config.layers.map((layer) => [layer.id, layer]));

    /** Everything pickable at a spot, nearest first; regions apart, the deepest first. */
    function at(latlng) {
      const layers = byId();
      const spot = gl().project([latlng.lng, latlng.lat]);
      const box = [[spot.x - NEAR_PX, spot.y - NEAR_PX], [spot.x + NEAR_PX, spot.y + NEAR_PX]];
      const points = [];
      const regions = [];
      const seen = new Set();
      for (const feature of gl().queryRenderedFeatures(box)) {
        const layer = layers.get(feature.layer.metadata && feature.layer.metadata.yzt);
        if (!layer || layer.click === "none" || !state.visible.has(layer.id)) continue;
        const id = feature.id ?? feature.properties.id ?? null;
        const key = `${layer.id}/${id ?? JSON.stringify(feature.geometry)}`;
        if (seen.has(key)) continue;
        seen.add(key);
        const item = { layer, id, properties: feature.properties, kind: layer.click };
        if (feature.geometry.type === "Point") {
          [item.lon, item.lat] = feature.geometry.coordinates;
          const pixel = gl().project([item.lon, item.lat]);
          item.pixel = pixel;
          item.distance = Math.hypot(pixel.x - spot.x, pixel.y - spot.y);
          if (!feature.layer.id.endsWith(":label")) points.push(item);
        } else {
          item.lon = latlng.lng;
          item.lat = latlng.lat;
          regions.push({ ...item, source: feature.source, sourceLayer: feature.sourceLayer });
        }
      }
      points.sort((a, b) => a.distance - b.distance);
      regions.sort((a, b) => (b.layer.level || 9) - (a.layer.level || 9));
      return { points, regions };
    }

    /** Words for ids from the server, for the viewer's own regions; kept while the page lives. */
    async function words(kind, ids) {
      const missing = ids.filter((id) => !cache.has(`${kind}/${id}`));
      if (missing.length) {
        const answer = await fetch(`/api/tips/${kind}.json?ids=${missing.join(",")}`).catch(() => null);
        for (const each of answer && answer.ok ? await answer.json() : []) cache.set(`${kind}/${each.id}`, each);
      }
      const found = ids.map((id) => cache.get(`${kind}/${id}`)).filter(Boolean);
      if (cache.size > MOST_KEPT) cache.clear();
      return found;
    }

    function fill(box, said) {
      box.append(el("b", "", said.title));
      for (const [text, grade] of said.grades || []) {
        const line = el("div", "yzt-grade", text);
        line.dataset.grade = grade;
        box.append(line);
      }
      for (const text of said.lines) box.append(el("div", "yzt-line", text));
    }

    function summed(item) {
      const p = item.properties;
      const lines = p.worst === undefined
        ? [p.open === undefined ? "" : `共 ${p.open} 条`, p.overdue ? `逾期 ${p.overdue} 条` : "",
           p.major ? `重大 ${p.major} 条` : "", p.high ? `高限 ${p.high} 条` : ""]
        : [GRADES.filter(([key]) => p[key]).map(([key, word]) => `${word} ${p[key]}`).join("  ")];
      return { title: `${item.layer.title}：此处合计 ${p.n} 处`, lines: lines.filter(Boolean), grades: [] };
    }

    function place(latlng) {
      const spot = map.latLngToContainerPoint(latlng);
      const size = map.getSize();
      const left = spot.x + 18 + tip.offsetWidth > size.x ? spot.x - tip.offsetWidth - 14 : spot.x + 18;
      tip.style.left = `${Math.max(4, left)}px`;
      tip.style.top = `${Math.max(4, Math.min(spot.y + 12, size.y - tip.offsetHeight - 6))}px`;
    }

    function show(said, latlng, listed) {
      tip.replaceChildren();
      tip.classList.toggle("yzt-list", Boolean(listed));
      if (listed) tip.append(el("div", "yzt-line", listed));
      for (const each of said) {
        const box = el(each.pick ? "button" : "div", "yzt-said");
        if (each.pick) box.addEventListener("click", () => (hide(), each.pick()));
        fill(box, each);
        tip.append(box);
      }
      tip.hidden = false;
      place(latlng);
    }

    function hide() {
      tip.hidden = true;
      tip.classList.remove("yzt-list");
    }

    let hovered = null;
    function hover(region) {
      const key = region ? `${region.source}/${region.id}` : null;
      if ((hovered && hovered.key) === key) return;
      if (hovered) gl().setFeatureState(hovered.target, { hover: false });
      hovered = null;
      if (region && region.id !== null) {
        const target = { source: region.source, sourceLayer: region.sourceLayer, id: region.id };
        gl().setFeatureState(target, { hover: true });
        hovered = { key, target };
      }
    }

    let choosing = 0; // a list that is being fetched, given up when the map moves or another click comes
    let asked = 0; // a later wish of the pointer or the hand: what an older one still waits for is not shown
    let frame = 0;
    function interrupt() {
      cancelAnimationFrame(frame);
      return ++asked;
    }

    async function point(latlng) {
      if (!gl() || !state.ready || tip.classList.contains("yzt-list")) return;
      const turn = ++asked;
      const { points, regions } = at(latlng);
      const top = points[0];
      map.getContainer().style.cursor = top || regions.length ? "pointer" : "";
      hover(top ? null : regions[0]);
      if (top && top.properties.n > 1) return show([summed(top)], latlng);
      const target = top || regions[0];
      if (!target || target.id === null) return hide();
      await new Promise((done) => setTimeout(done, top ? 40 : 350));
      if (turn !== asked) return;
      const said = await words(target.kind, [target.id]);
      if (turn !== asked) return;
      if (said.length) show(said, latlng);
      else hide();
    }

    function send(item) {
      options.onEvent({ kind: item.kind, id: item.id, lon: item.lon, lat: item.lat, layer: item.layer.id });
    }

    async function click(latlng) {
      if (!gl() || !state.ready) return;
      interrupt();
      choosing++;
      hide();
      if (state.picking) {
        return options.onEvent({ kind: "spot", id: 0, lon: latlng.lng, lat: latlng.lat, layer: "" });
      }
      const { points, regions } = at(latlng);
      const top = points[0];
      if (!top) {
        if (regions[0] && regions[0].id !== null) send(regions[0]);
        return;
      }
      if (top.properties.n > 1 || top.id === null) return closer(top);
      const here = points.filter((item) => item.id !== null && !(item.properties.n > 1)
        && Math.hypot(item.pixel.x - top.pixel.x, item.pixel.y - top.pixel.y) <= SAME_PX);
      const distinct = [...new Map(here.map((item) => [`${item.kind}/${item.id}`, item])).values()];
      if (distinct.length === 1) return send(top);
      await choose(distinct, latlng);
    }

    /** A cell, or points still apart when seen closer: go there. */
    function closer(item) {
      const zoom = Math.min(map.getMaxZoom(), DEEPEST + 1, map.getZoom() + 2);
      map.setView([item.lat, item.lon], zoom, { animate: options.animate });
    }

    /** Several at one spot: a list to choose from. One whose words cannot be had is listed all the same. */
    async function choose(items, latlng) {
      const turn = choosing;
      const listed = items.slice(0, MOST_LISTED);
      const kinds = new Map();
      for (const item of listed) kinds.set(item.kind, [...(kinds.get(item.kind) || []), item]);
      const rows = [];
      for (const [kind, group] of kinds) {
        const said = new Map((await words(kind, group.map((item) => item.id))).map((each) => [each.id, each]));
        for (const item of group) {
          const known = said.get(item.id) || { title: `${item.layer.title} ${item.id}`, lines: ["名称暂时取不到"] };
          rows.push({ ...known, lines: known.lines.slice(0, 1), pick: () => send(item) });
        }
      }
      if (turn !== choosing) return;
      interrupt(); // a tip that was under way must not take the list's place
      const rest = items.length > MOST_LISTED ? `，列出前 ${MOST_LISTED} 处` : "";
      show(rows, latlng, `同一位置有 ${items.length} 处${rest}，请选择`);
    }

    map.on("mousemove", (event) => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => point(event.latlng));
    });
    map.on("mouseout", () => {
      interrupt();
      if (!tip.classList.contains("yzt-list")) hide();
    });
    map.on("movestart zoomstart", () => (interrupt(), choosing++, hide()));
    map.on("click", (event) => click(event.latlng));
    L.DomEvent.disableClickPropagation(tip).disableScrollPropagation(tip);
    return { forget: () => cache.clear(), hide };
  }

  YZT.pick = { create };
})();
