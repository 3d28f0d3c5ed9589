/* Symbols of the map, drawn by ourselves into canvas images: grades with a shape each, plates with a letter, hatches.
 * What to draw comes as data from layers/style.py: {id, shape, fill, stroke, ground, ink, letter, ring}. */
(function () {
  "use strict";
  const YZT = (window.YZT = window.YZT || {});
  const SIZE = 32; // px at icon-size 1
  const FONT = '"Noto Sans CJK SC","Noto Sans SC","PingFang SC","Microsoft YaHei","WenQuanYi Micro Hei",sans-serif';

  const PATHS = {
    diamond: [[16, 1.5], [30.5, 16], [16, 30.5], [1.5, 16]],
    triangle: [[16, 2], [30.5, 28], [1.5, 28]],
    square: [[4.5, 4.5], [27.5, 4.5], [27.5, 27.5], [4.5, 27.5]],
  };

  function outline(g, shape) {
    g.beginPath();
    const path = PATHS[shape];
    if (path) {
      path.forEach(([x, y], at) => (at ? g.lineTo(x, y) : g.moveTo(x, y)));
      g.closePath();
    } else if (shape === "plate") {
      g.roundRect(3.5, 3.5, 25, 25, 6);
    } else {
      g.arc(16, 16, shape === "circle" ? 12.5 : 12, 0, Math.PI * 2);
    }
  }

  function hatch(g, colour) {
    g.save();
    g.clip();
    g.strokeStyle = colour;
    g.lineWidth = 2.6;
    for (let x = -32; x < 64; x += 6.4) {
      g.beginPath();
      g.moveTo(x, 34);
      g.lineTo(x + 34, 0);
      g.stroke();
    }
    g.restore();
  }

  function letter(g, spec) {
    if (!spec.letter) return;
    const low = spec.shape === "triangle" ? 3 : 0;
    const size = spec.shape === "triangle" ? 13 : spec.shape === "diamond" ? 14.5 : 16;
    g.font = `700 ${size}px ${FONT}`;
    g.textAlign = "center";
    g.textBaseline = "middle";
    if (spec.shape === "hatch") {
      g.lineWidth = 5;
      g.strokeStyle = spec.ground;
      g.strokeText(spec.letter, 16, 17);
    }
    g.fillStyle = spec.shape === "hatch" || spec.shape === "hollow" ? spec.fill : spec.ink;
    g.fillText(spec.letter, 16, 17 + low);
  }

  /** Fills an area with thin stripes; tiles without a seam. */
  function pattern(g, spec) {
    g.strokeStyle = spec.stroke;
    g.globalAlpha = 0.75;
    g.lineWidth = 2;
    for (const shift of [-16, 0, 16]) {
      g.beginPath();
      g.moveTo(shift - 2, 18);
      g.lineTo(shift + 18, -2);
      g.stroke();
    }
  }

  function symbol(g, spec) {
    if (spec.ring) {
      g.lineWidth = 3.2;
      g.strokeStyle = spec.ring;
      g.beginPath();
      if (spec.shape === "plate") g.roundRect(1.7, 1.7, 28.6, 28.6, 7.5);
      else g.arc(16, 16, 14.3, 0, Math.PI * 2);
      g.stroke();
    }
    outline(g, spec.shape);
    const open = spec.shape === "hatch" || spec.shape === "hollow";
    g.globalAlpha = spec.shape === "hollow" ? 0.75 : 1;
    g.fillStyle = open ? spec.ground : spec.fill;
    g.fill();
    g.globalAlpha = 1;
    if (spec.shape === "hatch") hatch(g, spec.fill);
    outline(g, spec.shape);
    g.lineJoin = "round";
    g.lineWidth = open || spec.shape === "plate" ? 2.4 : 1.8;
    g.strokeStyle = spec.stroke;
    g.stroke();
    letter(g, spec);
  }

  /** Returns a canvas with the symbol, `ratio` canvas pixels to a CSS pixel. */
  function draw(spec, ratio) {
    const size = spec.shape === "pattern" ? 16 : SIZE;
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = Math.round(size * ratio);
    const g = canvas.getContext("2d");
    g.scale(ratio, ratio);
    (spec.shape === "pattern" ? pattern : symbol)(g, spec);
    return canvas;
  }

  /** Gives a MapLibre map each image of `specs` when its style first asks for it. */
  function provide(gl, specs, scale) {
    const byId = new Map(specs.map((spec) => [spec.id, spec]));
    const sharp = (now) => Math.min(6, Math.max(2, Math.ceil((window.devicePixelRatio || 1) * now)));
    let ratio = sharp(scale);
    gl.on("styleimagemissing", (event) => {
      const spec = byId.get(event.id);
      if (!spec || gl.hasImage(event.id)) return;
      const canvas = draw(spec, ratio);
      const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      gl.addImage(event.id, pixels, { pixelRatio: ratio });
    });
    return (specsNow, scaleNow) => {
      ratio = sharp(scaleNow);
      byId.clear();
      for (const spec of specsNow) byId.set(spec.id, spec);
    };
  }

  YZT.symbols = { draw, provide, FONT };
})();
