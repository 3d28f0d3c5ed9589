/* The map inside st_folium. The folium map never changes (else Streamlit would make it anew); what a page wants shown
 * comes as a message through `feature_group_to_add`, and a click goes back as the component's value. */
(function () {
  "use strict";
  const YZT = (window.YZT = window.YZT || {});
  let view = null;
  let last = {};
  let serial = 0;
  let touched = null; // the place clicked last: the map stays where the hand is
  let flown = false; // whether the map left the page's bounds for a chosen place
  const CLOSE = 15; // Leaflet's zoom from which a place is seen by itself
  const AROUND = 0.004; // degrees round a place that is flown to

  function report(event) {
    touched = event.id;
    view.select({ kind: event.kind, id: event.id, lon: event.lon, lat: event.lat });
    serial = Math.max(serial + 1, Date.now());
    if (window.Streamlit) window.Streamlit.setComponentValue({ yzt: { ...event, serial } });
  }

  /** Called once by the folium map's script. */
  YZT.folium = function (map, options) {
    document.documentElement.classList.add("yzt-fill");
    waiting = { map, options };
    setTimeout(() => begin({}), 150); // a page that sends no view gets the city
    YZT.view = () => view;
  };
  let waiting = null;

  function boundsOf(chosen) {
    if (!chosen || chosen.kind === "region" || !Number.isFinite(chosen.lon)) return null;
    const { lon, lat } = chosen;
    return [lon - AROUND, lat - AROUND / 2, lon + AROUND, lat + AROUND / 2];
  }

  function seen(chosen) {
    return chosen.id === touched || (view.map.getZoom() >= CLOSE && view.map.getBounds().contains([chosen.lat, chosen.lon]));
  }

  /** Goes to a place chosen in a list or by its address, unless it is seen; else where the page looks, when that is new. */
  function move(wish, differs) {
    const place = boundsOf(wish.selected);
    const elsewhere = wish.bounds && (differs("bounds") || differs("serial"));
    if (place) {
      if (!(elsewhere || differs("selected")) || seen(wish.selected)) return;
      view.flyTo(place);
      flown = true;
    } else if (elsewhere || (flown && wish.bounds)) {
      view.flyTo(wish.bounds);
      flown = false;
    }
  }

  function begin(wish) {
    if (view || !waiting) return;
    const { map, options } = waiting;
    const place = boundsOf(wish.selected);
    flown = Boolean(place);
    const asked = { theme: wish.theme, visible: wish.visible, bounds: place || wish.bounds, palette: wish.palette, details: wish.details };
    const given = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== null && value !== undefined));
    map.invalidateSize({ animate: false });
    view = YZT.start(map, null, { ...options, ...given, onEvent: report });
  }

  /** Called with what the page wants shown; only what differs from the last wish is done. */
  YZT.show = function (wish) {
    const differs = (key) => JSON.stringify(wish[key]) !== JSON.stringify(last[key]);
    const first = view === null;
    begin(wish);
    if (!first) {
      if (differs("theme")) view.setTheme(wish.theme);
      if (differs("details")) view.setDetails(wish.details || {});
      if (differs("visible")) view.setVisible(wish.visible);
      move(wish, differs);
    }
    if (first || differs("outline")) view.outline(wish.outline);
    if (first || differs("picking")) view.setPicking(wish.picking);
    if (first || differs("selected")) view.select(wish.selected);
    last = wish;
  };
})();
