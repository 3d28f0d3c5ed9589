/* Starts the map of a plain page (ui/components/map_page.py) with the options the page carries. */
(function () {
  "use strict";
  const element = document.getElementById("map_div");
  window.view = YZT.start(element, null, JSON.parse(element.dataset.options));
})();
