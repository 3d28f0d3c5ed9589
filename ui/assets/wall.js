/* The wall: draws /api/wall.json, is told by the event stream when to fetch it again, and says how old it is.
 * It runs for weeks: nothing here grows, every timer is one, and text of the data is only ever textContent. */
(function () {
  "use strict";
  const POLL_MS = 30000;
  const TURN_MS = 9000;
  const SHOW_ALARM_MS = 20000;
  const GRACE_MS = 6000; // a stream that comes back this soon was not lost
  const GRADE = { 4: ["red", "diamond", "红"], 3: ["orange", "triangle", "橙"], 2: ["yellow", "square", "黄"], 1: ["blue", "circle", "蓝"] };
  const body = document.body;
  const staleData = Number(body.dataset.staleData);
  const staleStream = Number(body.dataset.staleStream) * 1000;
  const $ = (id) => document.getElementById(id);
  const number = new Intl.NumberFormat("zh-CN");
  const shanghai = (options) => new Intl.DateTimeFormat("zh-CN", { timeZone: "Asia/Shanghai", hour12: false, ...options });
  const TIME = shanghai({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const DATE = shanghai({ year: "numeric", month: "long", day: "numeric", weekday: "long" });
  const SHORT = shanghai({ month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" });
  const DAY = new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Shanghai" });

  const view = { data: null, offset: 0, fetched: 0, parted: 0, connected: false, known: null, page: 0, refused: false, map: null };

  /* ---------- small pieces ---------- */
  function text(node, value) {
    const wanted = value === null || value === undefined ? "" : String(value);
    if (node.textContent !== wanted) node.textContent = wanted;
  }
  function bind(name, value) {
    for (const node of document.querySelectorAll(`[data-bind="${name}"]`)) text(node, value);
  }
  const count = (n) => (n === null || n === undefined ? "–" : number.format(n));
  const now = () => Date.now() + view.offset;
  function fill(list, template, items, draw) {
    while (list.children.length > items.length) list.lastElementChild.remove();
    while (list.children.length < items.length) list.append($(template).content.firstElementChild.cloneNode(true));
    items.forEach((item, i) => draw(list.children[i], item));
  }
  const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);
  function span(seconds) {
    if (seconds < 90) return `${seconds} 秒`;
    if (seconds < 5400) return `${Math.round(seconds / 60)} 分钟`;
    if (seconds < 172800) return `${Math.round(seconds / 3600)} 小时`;
    return `${Math.round(seconds / 86400)} 天`;
  }

  /* ---------- clock and freshness ---------- */
  function freshness() {
    const stream = window.YZT && YZT.events ? YZT.events.status() : { connected: false, silent_ms: Infinity, beat: null };
    if (view.refused) return ["lost", "登录已失效，请重新登录"];
    const quiet = Math.min(stream.silent_ms, performance.now() - view.fetched);
    if (!view.data) return quiet > 15000 ? ["lost", "连不上服务器"] : ["waiting", "正在连接"];
    if (quiet > staleStream || (!stream.connected && performance.now() - view.parted > GRACE_MS)) return ["lost", "连接中断"];
    if (stream.beat && stream.beat.database === false) return ["lost", "数据库连接中断"];
    if (performance.now() - view.fetched > 2.5 * POLL_MS) return ["lost", "取不到数据"];
    const at = view.data.data_at && Date.parse(view.data.data_at);
    if (!at) return ["stale", "还没有数据"];
    const age = Math.max(0, Math.round((now() - at) / 1000));
    if (age > staleData) return ["stale", `数据已过时 ${span(age)}`];
    return stream.connected ? ["live", "实时"] : ["waiting", "正在连接"];
  }
  function tick() {
    const instant = new Date(now());
    bind("time", TIME.format(instant));
    bind("date", DATE.format(instant));
    const [state, words] = freshness();
    if ($("state").dataset.state !== state) $("state").dataset.state = state;
    text($("state").lastElementChild, words);
    const lost = state === "lost";
    body.classList.toggle("bad", lost || state === "stale");
    body.classList.toggle("lost", lost);
    const banner = $("banner");
    banner.hidden = !lost;
    if (lost) {
      const shown = view.data ? `，屏幕上是 ${TIME.format(new Date(Date.parse(view.data.now)))} 的数据` : "";
      text(banner, `数据已过时：${words}${shown}`);
    }
  }

  /* ---------- drawing ---------- */
  function drawFigures(data) {
    const f = data.figures || {};
    const shown = { ...f, alarms_open: data.alarms.open, alarms_high: data.alarms.high };
    for (const node of document.querySelectorAll("[data-f]")) {
      const value = shown[node.dataset.f];
      text(node, count(value));
      node.classList.toggle("some", value > 0);
    }
    bind("overdue_share", f.open_hazards ? `${Math.round((100 * f.overdue) / f.open_hazards)}%` : "–");
    const kinds = (f.kinds || []).slice(0, 14);
    const list = $("kinds");
    while (list.children.length > kinds.length + 1) list.lastElementChild.remove();
    while (list.children.length < kinds.length + 1) {
      const row = document.createElement("li");
      row.append(document.createElement("span"), document.createElement("b"));
      list.append(row);
    }
    list.hidden = !kinds.length;
    kinds.forEach(([word, n], i) => {
      text(list.children[i].firstElementChild, word);
      text(list.children[i].lastElementChild, count(n));
      list.children[i].className = "";
    });
    list.lastElementChild.className = "note";
    text(list.lastElementChild.firstElementChild, "一处可属多类，各类不相加");
    text(list.lastElementChild.lastElementChild, "");
  }
  function drawGrades(data) {
    for (const block of document.querySelectorAll("[data-layer]")) {
      const grades = data.grades[block.dataset.layer];
      for (const node of block.querySelectorAll("[data-n]")) text(node, grades ? count(grades[node.dataset.n]) : "–");
      for (const node of block.querySelectorAll("[data-part]")) {
        const n = grades ? grades[node.dataset.part] : 0;
        node.style.flexGrow = n;
        node.classList.toggle("some", n > 0);
      }
    }
  }
  function severe(part, layer) {
    const grades = part.layers[layer];
    return grades.red + grades.orange + grades.unknown_severe;
  }
  function drawParts(data) {
    bind("parts_title", data.parts.title || "区");
    const all = [...data.parts.rows].filter((part) => !part.rest || part.places || part.alarms);
    all.sort((a, b) => a.rest - b.rest || severe(b, "enterprise") + severe(b, "gas_shop") - severe(a, "enterprise") - severe(a, "gas_shop"));
    const list = $("parts");
    if (!list.firstElementChild) fill(list, "t-part", all.slice(0, 1), () => {});
    const room = Math.max(3, Math.floor(roomBelow(list.closest("table").tHead) / rowHeight(list)));
    const rows = all.length <= room ? all : [...all.slice(0, room - 1), rest(all.slice(room - 1))];
    const most = {};
    for (const layer of ["enterprise", "gas_shop"]) most[layer] = Math.max(1, ...rows.map((part) => severe(part, layer)));
    fill(list, "t-part", rows, (row, part) => {
      text(row.cells[0], part.name);
      row.className = part.rest ? "rest" : "";
      ["enterprise", "gas_shop"].forEach((layer, i) => {
        const cell = row.cells[i + 1];
        for (const grade of ["red", "orange", "unknown_severe"]) {
          const n = part.layers[layer][grade];
          cell.querySelector(`.minibar .${grade}`).style.width = `${(100 * n) / most[layer]}%`;
          text(cell.querySelector(`.nums .${grade}`), count(n));
        }
      });
      for (const [i, n] of [[3, part.overdue], [4, part.alarms]]) {
        text(row.cells[i], count(n));
        row.cells[i].classList.toggle("some", n > 0);
      }
    });
  }
  function rowHeight(list) {
    const row = list.firstElementChild;
    return (row && row.getBoundingClientRect().height) || rem() * 2.1;
  }
  /** Pixels between a node and the lower edge of its panel. (A table's parts have the table as offset parent.) */
  function roomBelow(node) {
    return node.closest("section").getBoundingClientRect().bottom - node.getBoundingClientRect().bottom - rem() / 4;
  }
  /** What does not fit is summed in a row of its own: nothing is left out. */
  function rest(parts) {
    const sum = { name: `其余 ${parts.length} 个`, rest: true, overdue: 0, alarms: 0, layers: {} };
    for (const part of parts) {
      sum.overdue += part.overdue;
      sum.alarms += part.alarms;
      for (const [layer, grades] of Object.entries(part.layers)) {
        const into = (sum.layers[layer] = sum.layers[layer] || {});
        for (const [grade, n] of Object.entries(grades)) into[grade] = (into[grade] || 0) + n;
      }
    }
    return sum;
  }
  /** How many rows of at least so many rem a list has room for; they share its height. */
  function roomFor(list, height) {
    const room = Math.max(1, Math.floor(list.clientHeight / (rem() * height)));
    list.style.setProperty("--rows", room);
    return room;
  }
  function alarmTime(raised) {
    const at = new Date(raised);
    return DAY.format(at) === DAY.format(new Date(now())) ? TIME.format(at) : SHORT.format(at);
  }
  function drawLevel(box, alarm) {
    text(box.firstElementChild, alarm.level_word);
    text(box.lastElementChild, alarm.value === null ? "" : `${Math.round(alarm.value * 10) / 10}${alarm.unit ? " " + alarm.unit : ""}`);
    box.classList.toggle("low", alarm.level === 1);
  }
  function drawAlarms(data) {
    const list = $("alarms");
    const room = roomFor(list, 4.1);
    const shown = data.alarms.newest.slice(0, room);
    const fresh = view.known ? data.alarms.newest.filter((alarm) => !view.known.has(alarm.id)) : [];
    view.known = new Set(data.alarms.newest.map((alarm) => alarm.id));
    fill(list, "t-alarm", shown, (row, alarm) => {
      drawLevel(row.querySelector(".level"), alarm);
      text(row.querySelector(".place"), alarm.place);
      text(row.querySelector(".where"), [alarm.region_name || "未落区", alarm.lon === null ? "未上图" : "", alarm.kind].filter(Boolean).join(" · "));
      text(row.querySelector(".time"), alarmTime(alarm.raised_at));
      text(row.querySelector(".state"), alarm.state_word);
      if (row.dataset.id !== String(alarm.id)) row.classList.remove("new");
      row.dataset.id = alarm.id;
      if (fresh.includes(alarm)) {
        row.classList.remove("new");
        void row.offsetWidth;
        row.classList.add("new");
      }
    });
    $("noalarm").hidden = shown.length > 0;
    $("morealarms").hidden = data.alarms.open <= shown.length;
    text($("morealarms"), `另有 ${count(data.alarms.open - shown.length)} 条未关闭`);
    if (fresh.length) point(fresh.find((alarm) => alarm.level === 2) || fresh[0]);
  }
  /** Shows a new alarm on the map for a while, then the whole city again. */
  function point(alarm) {
    const callout = $("callout");
    drawLevel(callout.querySelector(".level"), alarm);
    text(callout.querySelector(".place"), alarm.place);
    text(callout.querySelector(".where"), `新报警 · ${alarm.kind} · ${alarm.region_name || "未落区"}${alarm.lon === null ? " · 未上图，地图上没有它的位置" : ""}`);
    callout.hidden = false;
    if (view.map && alarm.lon !== null) view.map.show(alarm);
    clearTimeout(point.timer);
    point.timer = setTimeout(() => {
      callout.hidden = true;
      if (view.map) view.map.home();
    }, SHOW_ALARM_MS);
  }
  function drawWorst() {
    const all = view.data.worst;
    const room = roomFor($("worst"), 4.6);
    const pages = Math.max(1, Math.ceil(all.length / room));
    view.page %= pages;
    const first = view.page * room;
    const shown = all.slice(first, first + room);
    bind("worst_range", all.length ? `第 ${first + 1}–${first + shown.length} 位，前 ${all.length} 位轮播` : "没有场所");
    fill($("worst"), "t-worst", shown, (row, place) => {
      const proven = place.severity === 0 && place.at_least > 1;
      const [grade, shape, word] = GRADE[place.severity] || (place.severity === -1 ? ["na", "hollow", "不适用"] : ["unknown", proven && place.at_least >= 3 ? "ring" : "hatch", "未知"]);
      const icon = row.querySelector(".shape");
      icon.className = `shape ${shape} ${grade}`;
      text(row.querySelector(".chip b"), proven ? `至少${GRADE[place.at_least][2]}` : word);
      text(row.querySelector(".place"), place.name);
      text(row.querySelector(".where"), [place.layer, place.region.split(" · ").slice(0, 2).join(" · "), place.mapped ? "" : "未上图"].filter(Boolean).join(" · "));
      text(row.querySelector(".why"), place.sentence || "");
      text(row.querySelector(".work"), place.overdue ? `逾期 ${place.overdue}` : place.open ? `隐患 ${place.open}` : "");
      text(row.querySelector(".seen"), place.inspected ? `查 ${place.inspected}` : "从未检查");
    });
  }
  function turn() {
    if (!view.data || view.data.worst.length <= $("worst").children.length) return;
    $("worst").classList.add("turning");
    setTimeout(() => {
      view.page += 1;
      drawWorst();
      $("worst").classList.remove("turning");
    }, 420);
  }
  function draw(data) {
    for (const [grade, colour] of Object.entries(data.colours)) document.documentElement.style.setProperty(`--${grade}`, colour);
    bind("title", data.title);
    bind("scope", data.node && data.node.level > 1 ? `范围：${data.node.name}` : "");
    bind("demo", data.demo);
    bind("attribution", data.attribution);
    for (const node of document.querySelectorAll('[data-show="demo"]')) node.hidden = !data.demo;
    bind("assessed_on", data.assessed_on || "尚未评定");
    $("assessed").classList.toggle("old", !data.assessed_on || data.assessed_on < DAY.format(new Date(now())));
    bind("data_at", data.data_at ? SHORT.format(new Date(data.data_at)) : "还没有数据");
    drawFigures(data);
    drawGrades(data);
    drawParts(data);
    drawAlarms(data);
    drawWorst();
  }

  /* ---------- fetching: one at a time; asked meanwhile, once more at the end ---------- */
  let busy = false;
  let again = false;
  let soon = 0;
  async function load() {
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    clearTimeout(soon);
    let wait = POLL_MS;
    try {
      const answer = await fetch("/api/wall.json", { cache: "no-store", priority: "high", signal: AbortSignal.timeout(15000) });
      view.refused = answer.status === 401 || answer.status === 403;
      if (answer.status === 401) location.replace("/signin?next=/wall");
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      const data = await answer.json();
      if (data.version !== body.dataset.version) return restart();
      view.offset = Date.parse(data.now) - Date.now();
      view.fetched = performance.now();
      view.data = data;
      draw(data);
      if (!data.settled) wait = 3200;
    } catch (error) {
      console.warn("wall:", String(error));
      wait = 5000;
    } finally {
      busy = false;
      tick();
      clearTimeout(soon);
      soon = setTimeout(load, again ? 50 : wait);
      again = false;
    }
  }
  /** The page itself is out of date: load it anew, walls not all in the same second. */
  function restart() {
    if (restart.timer) return;
    restart.timer = setTimeout(() => location.reload(), 1000 + Math.random() * 4000);
  }

  /* ---------- the map in the middle ---------- */
  const HOME_LAYERS = ["enterprise", "gas_shop", "alarm_open"];
  const NOT_DRAWN = /:(halo|dot|number|point-low)$/;
  async function startMap() {
    try {
      if (!window.YZT || !YZT.start) throw new Error("map.js is not there");
      const scale = Math.min(4, Math.max(1, Math.round(rem() / 4) / 4));
      const answer = await fetch(`/api/layers.json?theme=dark&scale=${scale}`, { cache: "no-store", signal: AbortSignal.timeout(20000) });
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      view.map = wallMap(await answer.json());
      await view.map.ready;
      $("maperror").hidden = true;
    } catch (error) {
      console.warn("wall map:", String(error));
      $("maperror").hidden = false;
      text($("maperror"), "地图暂时不能显示，其余数字照常更新");
      if (!view.map) setTimeout(startMap, 15000);
    }
  }
  /** Red, orange, what is proven to be orange at least, and alarms; the legend says so. */
  function wallMap(config) {
    const grades = new Set(config.layers.filter((layer) => layer.grade).map((layer) => layer.id));
    config.style.layers = config.style.layers.filter((each) => !(NOT_DRAWN.test(each.id) && grades.has(each.id.split(":")[0])));
    const map = YZT.start($("map"), config, {
      theme: "dark", scale: config.scale, visible: HOME_LAYERS, panel: false, legend: false, coordinates: false, badge: false,
      attribution: false, zoomButtons: false, scaleBar: false, interactive: false, animate: false,
    });
    let away = false;
    const home = () => {
      away = false;
      map.select(null);
      map.flyTo(config.city.bounds, { animate: false });
    };
    let resized = 0;
    new ResizeObserver(() => {
      clearTimeout(resized);
      resized = setTimeout(() => away || home(), 300);
    }).observe($("map"));
    return {
      ready: map.ready,
      home,
      show(alarm) {
        away = true;
        map.centre(alarm.lon, alarm.lat, 14);
        map.select({ kind: "place", id: alarm.place_id, lon: alarm.lon, lat: alarm.lat });
      },
    };
  }

  if (window.YZT && YZT.events) {
    YZT.events.on("state", load);
    YZT.events.on("layers", load);
    YZT.events.on("alarm", load);
    YZT.events.on("alarms", load);
    YZT.events.on("beat", tick);
    YZT.events.on("status", (status) => {
      if (!status.connected && view.connected) view.parted = performance.now();
      view.connected = status.connected;
      if (status.refused) load();
      tick();
    });
  }
  setInterval(tick, 1000);
  setInterval(turn, TURN_MS);
  addEventListener("resize", () => view.data && draw(view.data));
  tick();
  load();
  // the stream first: a map asks for hundreds of tiles, and a browser opens six connections to a server
  let waited = 0;
  const ready = setInterval(() => {
    const stream = window.YZT && YZT.events && YZT.events.status();
    if (!(stream && stream.connected) && (waited += 1) < 30) return;
    clearInterval(ready);
    startMap();
  }, 100);
})();
