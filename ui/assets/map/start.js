/* The map of a city, for the desk (inside folium's Leaflet map) and for the wall (on a page of its own).
 *
 *   const view = YZT.start(element, config, options)
 *     element  a DOM element, its id, or a Leaflet map that stands already
 *     config   null: read /api/layers.json; or that object itself
 *     options  theme "light"|"dark", palette "customary"|"jis", scale 1–4 or "auto" (by the size of the screen),
 *              visible [layer ids] (default: the catalogue's; the base stays when it names none of it), bounds [w, s, e, n] (default: the city),
 *              panel true|"closed"|false, legend, coordinates, scaleBar, badge, attribution, zoomButtons,
 *              interactive (false: nobody touches it), padding (share drawn outside the view),
 *              details {layer: value} (what of a layer with a parameter is drawn), onEvent(fn: {kind, id, lon, lat, layer})
 *   view.ready            promise: the first style is loaded
 *   view.setVisible(ids)  view.setDetails({layer: value})  view.setTheme(theme)  view.flyTo([w, s, e, n], {animate, padding})  view.centre(lon, lat, zoom)
 *   view.select({kind, id, lon, lat} | null)    a ring round a place or station, a bold outline round a region
 *   view.outline(id | null)   a bold outline round a region beside what is selected
 *   view.setPicking(on)   a click means a spot of the ground ({kind: "spot", id: 0}), whatever lies under it
 *   view.setVersions(tiles)  {layer: address}, as /api/layers.json?only=tiles gives them; old tiles stay until new ones come
 *   view.refresh()        ask for new addresses
 *   YZT.drawn             true once the first whole picture is on the screen
 *   view.map, view.gl()   the Leaflet and the MapLibre map;  view.options.onEvent may be set later;  view.state() {zoom, bounds, visible, idle}
 *
 * When events.js is loaded before, changed layers come in by themselves. No text of the data is ever HTML.
 */
(function () {
  "use strict";
  const YZT = (window.YZT = window.YZT || {});
  const SCRIPT = document.currentScript && document.currentScript.src;
  const DEFAULTS = {
    theme: "light", palette: "customary", scale: "auto", visible: null, bounds: null, panel: true, legend: true,
    coordinates: true, scaleBar: true, badge: true, attribution: true, zoomButtons: true, interactive: true,
    padding: 0.04, animate: !matchMedia("(prefers-reduced-motion: reduce)").matches, onEvent: () => {},
  };
  const LIVE_MS = 60000;
  const LOST_MS = 4000;
  const REST_MS = 300;
  const AGAIN_MS = 3000;

  function ensureStyles() {
    if ([...document.styleSheets].some((sheet) => (sheet.href || "").includes("/assets/map.css"))) return;
    if (document.querySelector('link[href*="/assets/map.css"]')) return;
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = new URL("map.css", SCRIPT || `${location.origin}/assets/map.js`).href;
    document.head.append(link);
  }

  function autoScale(container) {
    const by = Math.min(container.clientWidth / 1920, container.clientHeight / 1080);
    return Math.min(4, Math.max(1, Math.round(by * 4) / 4));
  }

  function leaflet(element, options) {
    if (element instanceof L.Map) return element;
    const container = typeof element === "string" ? document.getElementById(element) : element;
    const touch = options.interactive;
    return L.map(container, {
      zoomControl: false, attributionControl: false, zoomSnap: touch ? 0.25 : 0, minZoom: 5, maxZoom: 20, center: [36, 120],
      zoom: 9, dragging: touch, scrollWheelZoom: touch, doubleClickZoom: touch, boxZoom: touch, keyboard: touch,
      touchZoom: touch,
    });
  }

  async function readConfig(state) {
    const query = new URLSearchParams({ theme: state.theme, palette: state.palette, scale: String(state.scale) });
    const answer = await fetch(`/api/layers.json?${query}`);
    const body = await answer.json();
    if (!answer.ok) throw new Error(body.error || `HTTP ${answer.status}`);
    return body;
  }

  function start(element, config, given) {
    ensureStyles();
    const options = { ...DEFAULTS, ...(given || {}) };
    const map = leaflet(element, options);
    const state = {
      config: null, visible: new Set(), wanted: options.visible, theme: options.theme, palette: options.palette,
      scale: options.scale === "auto" ? autoScale(map.getContainer()) : options.scale, ready: false, selected: null,
      details: options.details || {}, bounds: options.bounds, moved: false, fit: null, moving: false, settled: false,
      outlined: null, picking: false,
    };
    const panel = YZT.panel.build(map, state, options, (id, on) => toggle(id, on));
    let layer = null;
    let images = null;
    const gl = () => layer && layer.getMaplibreMap();
    const pick = options.interactive ? YZT.pick.create(map, gl, state, options, panel) : null;

    function applyVisible() {
      if (!state.config) return;
      const known = state.config.layers;
      const wanted = state.wanted ? new Set(state.wanted) : null;
      const based = wanted && known.some((each) => each.base && wanted.has(each.id));
      const on = (each) => (wanted && (based || !each.base) ? wanted.has(each.id) : each.visible);
      state.visible = new Set(known.filter(on).map((each) => each.id));
      if (state.ready) paintVisible();
      panel.refresh();
    }

    function paintVisible() {
      for (const each of gl().getStyle().layers) {
        const id = each.metadata && each.metadata.yzt;
        if (!id) continue;
        const now = state.visible.has(id) ? "visible" : "none";
        if ((each.layout || {}).visibility !== now) gl().setLayoutProperty(each.id, "visibility", now);
      }
    }

    function toggle(id, on) {
      if (on) state.visible.add(id);
      else state.visible.delete(id);
      state.wanted = [...state.visible];
      if (state.ready) paintVisible();
      panel.refresh();
    }

    /** The address of a layer's tiles; of one with a parameter, those of what the page chose. */
    function addressOf(id) {
      const detail = state.details[id];
      return detail ? state.config.tiles[id].replace(`/tiles/${id}/`, `/tiles/${id}:${detail}/`) : state.config.tiles[id];
    }

    function styleNow() {
      const style = structuredClone(state.config.style);
      for (const id of Object.keys(state.details)) if (style.sources[id]) style.sources[id].tiles = [addressOf(id)];
      for (const each of style.layers) {
        const id = each.metadata && each.metadata.yzt;
        if (id) each.layout = { ...each.layout, visibility: state.visible.has(id) ? "visible" : "none" };
      }
      return style;
    }

    function addLayer() {
      layer = L.maplibreGL({
        style: styleNow(), interactive: false, attributionControl: false, padding: options.padding, fadeDuration: 0,
        renderWorldCopies: false, validateStyle: false, localIdeographFontFamily: YZT.symbols.FONT, maxZoom: 24,
        transformRequest: (url) => ({ url: url.startsWith("/") ? location.origin + url : url }),
      });
      layer.addTo(map);
      const view = gl();
      images = YZT.symbols.provide(view, state.config.images, state.scale);
      view.on("error", failed);
      view.once("idle", () => (YZT.drawn = true));
      view.on("dataloading", unsettle);
      view.on("dataabort", unsettle);
      view.on("move", unsettle);
      view.on("idle", () => (state.settled = !state.moving));
      view.on("webglcontextlost", lost);
      view.on("webglcontextrestored", () => panel.say(""));
      return new Promise((done) => view.once("style.load", () => {
        state.ready = true;
        paintSelected();
        done();
      }));
    }

    /** What is on the screen is not yet what was asked for; the next "idle" of the drawing says when it is. */
    function unsettle() {
      state.settled = false;
      if (gl()) gl().triggerRepaint();
    }

    const waiting = new Set();
    /** A tile that was refused (a busy server says 503) leaves a hole: its layer is asked for again, not too soon. */
    function failed(event) {
      console.warn(String((event.error && event.error.message) || event.error));
      unsettle();
      const id = event.sourceId;
      if (!id || !state.config.tiles[id] || waiting.has(id)) return;
      waiting.add(id);
      setTimeout(() => {
        waiting.delete(id);
        if (state.ready) gl().getSource(id).setTiles([addressOf(id)]);
      }, AGAIN_MS * (1 + Math.random()));
    }

    /** Whether the drawing has caught up with Leaflet, which it follows a few frames behind. */
    function aligned() {
      const drawn = map.latLngToContainerPoint(L.latLng(gl().getCenter().lat, gl().getCenter().lng));
      return drawn.distanceTo(map.getSize().divideBy(2)) < 1.5 && Math.abs(gl().getZoom() + 1 - map.getZoom()) < 1e-6;
    }

    let lostTimer = 0;
    /** The graphics card was taken away: wait for the browser to give it back, else build the map anew. */
    function lost() {
      panel.say("显卡上下文丢失，正在恢复地图…");
      clearTimeout(lostTimer);
      lostTimer = setTimeout(async () => {
        const view = gl();
        if (view && view.painter && !view.painter.context.gl.isContextLost()) return panel.say("");
        state.ready = false;
        unsettle();
        map.removeLayer(layer);
        await addLayer();
        panel.say("");
      }, LOST_MS);
    }

    function paintSelected() {
      if (!state.ready) return;
      const now = state.selected;
      const isPoint = now && now.kind !== "region" && Number.isFinite(now.lon);
      const features = isPoint
        ? [{ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: [now.lon, now.lat] } }] : [];
      gl().getSource("yzt-select").setData({ type: "FeatureCollection", features });
      const bold = now && now.kind === "region" ? now.id : state.outlined;
      for (const each of state.config.layers.filter((one) => one.level)) {
        const target = { source: each.id, sourceLayer: each.id };
        if (state.bold && state.bold !== bold) gl().setFeatureState({ ...target, id: state.bold }, { selected: false });
        if (bold) gl().setFeatureState({ ...target, id: bold }, { selected: true });
      }
      state.bold = bold;
    }

    function flyTo(bounds, how) {
      if (!bounds) return;
      const [w, s, e, n] = bounds;
      const around = (how && how.padding) || [24, 24];
      const animate = how && "animate" in how ? how.animate : options.animate;
      state.moved = true;
      state.fit = { bounds, padding: around };
      const beside = [around[0] + panel.covered(), around[1]];
      map.fitBounds([[s, w], [n, e]], { paddingTopLeft: around, paddingBottomRight: beside, animate, maxZoom: 18 });
    }

    /** The frame has another size: what was fitted fits again, unless somebody has moved the map since. */
    function resized() {
      map.invalidateSize({ animate: false });
      if (state.fit) flyTo(state.fit.bounds, { padding: state.fit.padding, animate: false });
      rescale();
    }

    function setVersions(tiles) {
      if (!state.ready) return;
      for (const [id, address] of Object.entries(tiles)) {
        const known = state.config.tiles[id];
        const source = gl().getSource(id);
        if (!source || !known || known === address) continue;
        state.config.tiles[id] = address;
        state.config.style.sources[id].tiles = [address];
        source.setTiles([addressOf(id)]);
        unsettle();
      }
      if (pick) pick.forget();
    }

    function refreshLive() {
      if (!state.ready) return;
      for (const each of state.config.layers) {
        if (each.live && state.visible.has(each.id)) gl().getSource(each.id).setTiles([addressOf(each.id)]);
      }
    }

    let asking = 0;
    /** Many changes and many screens at once: gather, and do not all ask in the same instant. */
    function refresh() {
      clearTimeout(asking);
      asking = setTimeout(async () => {
        try {
          const answer = await fetch("/api/layers.json?only=tiles");
          if (answer.ok) setVersions((await answer.json()).tiles);
        } catch (error) {
          console.warn(String(error));
        }
      }, 120 + Math.random() * 200);
    }

    async function setTheme(theme) {
      if (theme === state.theme && state.config) return;
      state.theme = theme;
      if (state.config) await restyle();
    }

    let rescaling = 0;
    /** The frame has another size: symbols and words of another size, once it rests. */
    function rescale() {
      if (options.scale !== "auto" || autoScale(map.getContainer()) === state.scale) return;
      clearTimeout(rescaling);
      rescaling = setTimeout(async () => {
        state.scale = autoScale(map.getContainer());
        if (state.ready) await restyle();
      }, REST_MS);
    }

    let restyling = 0;
    async function restyle() {
      const turn = ++restyling;
      unsettle();
      const config = await readConfig(state);
      if (turn !== restyling) return; // another wish came meanwhile
      state.config = config;
      state.ready = false;
      images(state.config.images, state.scale);
      for (const id of gl().listImages()) gl().removeImage(id);
      gl().setStyle(styleNow(), { diff: false });
      await new Promise((done) => gl().once("style.load", done));
      state.ready = true;
      state.bold = null;
      paintSelected();
      panel.refresh();
    }

    async function begin() {
      try {
        state.config = config || (await readConfig(state));
        state.scale = state.config.scale;
        applyVisible();
        if (!state.moved) flyTo(state.bounds || state.config.city.bounds, { animate: false });
        await addLayer();
        rescale();
        for (const name of YZT.events ? ["layers", "alarm", "alarms"] : []) YZT.events.on(name, refresh);
        setInterval(refreshLive, LIVE_MS);
      } catch (error) {
        const webgl = /webgl/i.test(String(error && error.message));
        panel.say(webgl ? "这个浏览器不支持 WebGL，地图画不出来；请换新版浏览器或打开硬件加速" : `地图没有加载成功：${error.message || error}`);
        throw error;
      }
    }

    if (options.zoomButtons) L.control.zoom({ position: "bottomright", zoomInTitle: "放大", zoomOutTitle: "缩小" }).addTo(map);
    if (options.scaleBar) L.control.scale({ imperial: false, maxWidth: 140 * state.scale }).addTo(map);
    new ResizeObserver(resized).observe(map.getContainer());
    for (const hand of ["pointerdown", "wheel", "keydown"]) {
      map.getContainer().addEventListener(hand, () => (state.fit = null), { capture: true, passive: true });
    }
    map.on("movestart", () => {
      state.moving = true;
      unsettle();
    });
    map.on("moveend", () => {
      state.moving = false;
      unsettle();
    });
    const view = {
      map, gl, options, ready: null, flyTo, setVersions, refresh, setTheme,
      centre(lon, lat, zoom) {
        state.moved = true;
        state.fit = null;
        map.setView([lat, lon], zoom ?? map.getZoom(), { animate: options.animate });
      },
      setVisible(ids) {
        state.wanted = ids;
        unsettle();
        applyVisible();
      },
      setDetails(details) {
        const changed = Object.keys({ ...state.details, ...details }).filter((id) => state.details[id] !== details[id]);
        state.details = details;
        if (!state.ready) return;
        for (const id of changed.filter((each) => gl().getSource(each))) gl().getSource(id).setTiles([addressOf(id)]);
        if (changed.length) unsettle();
      },
      select(what) {
        state.selected = what;
        paintSelected();
      },
      outline(region) {
        state.outlined = region;
        paintSelected();
      },
      setPicking(on) {
        state.picking = on;
        map.getContainer().classList.toggle("yzt-picking", on);
      },
      state: () => ({
        zoom: map.getZoom() - 1, bounds: map.getBounds().toBBoxString().split(",").map(Number),
        visible: [...state.visible], ready: state.ready, scale: state.scale,
        idle: state.ready && state.settled && aligned() && gl().loaded() && gl().areTilesLoaded(),
        theme: state.theme, selected: state.selected,
      }),
    };
    view.ready = begin();
    view.ready.catch(() => {});
    return view;
  }

  YZT.start = start;
})();
