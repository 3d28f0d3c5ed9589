/* One event stream for every tab and frame of this browser.
 *
 * Pages load this file and say YZT.events.on(name, fn). It also is the script of a SharedWorker, which holds the one
 * EventSource of /events; where a browser has no SharedWorker the page opens a stream of its own.
 *
 *   YZT.events.on("alarm", fn)   fn(data); returns a function that takes the listener off again
 *     state   {layers, ...beat}  on every (re)connect: fetch what you show
 *     layers  {layer: version}   data of these layers changed (all of them with every state, too)
 *     alarm   {id, place_id, level, state}      alarms  {}  many at once: fetch them
 *     beat    {boot, now, data_at, age_s, database}
 *     status  {connected, refused}   of the stream itself; refused: 401/403, sign in again
 *   YZT.events.status()          the last status, beat and the milliseconds since anything was heard
 */
(function () {
  "use strict";
  const NAMES = ["state", "layers", "alarm", "alarms", "beat", "bye"];
  const SILENT_MS = 40000;
  const RETRY_MS = [500, 1000, 2000, 5000, 10000];

  /** Keeps one EventSource open for ever; says everything to tell(name, data). */
  function keepOpen(tell) {
    let source = null;
    let tries = 0;
    let heard = 0;
    let timer = 0;
    let connected = null;
    let last = null;

    function status(now, refused) {
      if (connected !== now || refused) {
        connected = now;
        tell("status", { connected: now, refused: Boolean(refused) });
      }
    }
    function open() {
      heard = Date.now();
      source = new EventSource("/events");
      source.onerror = () => again();
      for (const name of NAMES) {
        source.addEventListener(name, (event) => {
          heard = Date.now();
          tries = 0;
          if (name === "bye") return again();
          const data = JSON.parse(event.data);
          if (name === "state" || name === "beat") last = { ...(last || {}), ...data };
          if (name === "layers" && last && last.layers) Object.assign(last.layers, data);
          status(true);
          tell(name, data);
        });
      }
    }
    async function again() {
      if (source) source.close();
      source = null;
      clearTimeout(timer);
      status(false);
      timer = setTimeout(ask, RETRY_MS[Math.min(tries++, RETRY_MS.length - 1)]);
    }
    /** An EventSource hides why it was refused; one plain request tells a lost server from a lost session. */
    async function ask() {
      try {
        const answer = await fetch("/api/session.json", { cache: "no-store", signal: AbortSignal.timeout(8000) });
        if (answer.status === 401 || answer.status === 403) {
          status(false, true);
          timer = setTimeout(ask, 10000);
          return;
        }
      } catch (error) {
        timer = setTimeout(ask, RETRY_MS[Math.min(tries++, RETRY_MS.length - 1)]);
        return;
      }
      open();
    }
    setInterval(() => {
      if (source && Date.now() - heard > SILENT_MS) again();
    }, 5000);
    open();
    return () => ({ connected, last });
  }

  if (typeof SharedWorkerGlobalScope !== "undefined" && self instanceof SharedWorkerGlobalScope) {
    const ports = new Map();
    const say = (port, name, data) => port.postMessage({ name, data });
    const now = keepOpen((name, data) => {
      for (const port of ports.keys()) say(port, name, data);
    });
    self.onconnect = (event) => {
      const port = event.ports[0];
      ports.set(port, Date.now());
      port.onmessage = (message) => {
        if (message.data === "bye") ports.delete(port);
        else ports.set(port, Date.now());
      };
      const { connected, last } = now();
      if (connected !== null) say(port, "status", { connected, refused: false });
      if (connected && last && last.layers) say(port, "state", last);
    };
    setInterval(() => {
      for (const [port, at] of ports) if (Date.now() - at > 600000) ports.delete(port);
    }, 60000);
    return;
  }

  const YZT = (window.YZT = window.YZT || {});
  if (YZT.events) return;
  const listeners = new Map();
  const seen = { status: { connected: false, refused: false }, beat: null, heard: performance.now() };

  function emit(name, data) {
    for (const fn of [...(listeners.get(name) || [])]) {
      try {
        fn(data);
      } catch (error) {
        console.error(error);
      }
    }
  }
  function hear(name, data) {
    if (name === "status") seen.status = data;
    else seen.heard = performance.now();
    if (name === "beat" || name === "state") seen.beat = data;
    emit(name, data);
    if (name === "state") {
      emit("layers", data.layers);
      emit("beat", data);
    }
  }
  function start() {
    try {
      const worker = new SharedWorker(script, { name: "yzt-events" });
      worker.port.onmessage = (message) => hear(message.data.name, message.data.data);
      worker.onerror = () => {
        if (!started) keepOpen(hear);
        started = true;
      };
      worker.port.start();
      setInterval(() => worker.port.postMessage("here"), 60000);
      addEventListener("pagehide", () => worker.port.postMessage("bye"));
      addEventListener("pageshow", (event) => event.persisted && location.reload());
    } catch (error) {
      keepOpen(hear);
    }
  }
  const script = document.currentScript.src;
  let started = false;
  YZT.events = {
    on(name, fn) {
      if (!listeners.has(name)) listeners.set(name, new Set());
      listeners.get(name).add(fn);
      return () => listeners.get(name).delete(fn);
    },
    status: () => ({ ...seen.status, beat: seen.beat, silent_ms: performance.now() - seen.heard }),
  };
  start();
})();
