/* The map inside st_folium. The folium map never changes (else Streamlit would make it anew); what a page wants shown
 * comes as a message through `feature_group_to_add`, and a click goes back as the component's value. */
(function () {
  "use strict";
  const YZT = (window.YZT = window.YZT || {});
  let view = null;
  let last = {};
  let serial = 0;

  function report(event) {
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

  function begin(wish) {
    if (view || !waiting) return;
    const { map, options } = waiting;
    const asked = { theme: wish.theme, visible: wish.visible, bounds: wish.bounds, palette: wish.palette };
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
      if (differs("visible")) view.setVisible(wish.visible);
      if (wish.bounds && (differs("bounds") || differs("serial"))) view.flyTo(wish.bounds);
    }
    if (first || differs("selected")) view.select(wish.selected);
    last = wish;
  };
})();
