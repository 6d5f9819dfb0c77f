/* Chart.js as every page draws: the stylesheet's colours, in light and dark. Load it after vendor/chart.umd.min.js.

   triageCharts.draw(canvas, (theme) => configuration)   draws, and draws anew when the colours change
   theme: text, soft, line, ground, surface, series (five colours), faded(colour, share) */
"use strict";

window.triageCharts = (() => {
  const drawn = new Map();
  const stillness = window.matchMedia("(prefers-reduced-motion: reduce)");

  function faded(colour, share) {
    const part = Math.round(share * 255).toString(16).padStart(2, "0");
    return `${colour}${part}`;
  }

  function theme() {
    const styles = getComputedStyle(document.documentElement);
    const named = (name) => styles.getPropertyValue(name).trim();
    return {
      text: named("--text"),
      soft: named("--text-soft"),
      line: named("--line"),
      strong: named("--line-strong"),
      ground: named("--ground"),
      surface: named("--surface"),
      series: [1, 2, 3, 4, 5].map((place) => named(`--chart-${place}`)),
      font: named("--font"),
      faded,
    };
  }

  function asUsual(colours) {
    const usual = window.Chart.defaults;
    usual.color = colours.soft;
    usual.borderColor = colours.line;
    usual.font.family = colours.font;
    usual.font.size = 13;
    usual.maintainAspectRatio = false;
    usual.animation = stillness.matches ? false : { duration: 250 };
    usual.plugins.legend.align = "start";
    usual.plugins.legend.labels.usePointStyle = true;
    usual.plugins.legend.labels.boxWidth = 12;
    usual.plugins.legend.labels.boxHeight = 12;
    usual.plugins.tooltip.backgroundColor = colours.text;
    usual.plugins.tooltip.titleColor = colours.surface;
    usual.plugins.tooltip.bodyColor = colours.surface;
  }

  function draw(canvas, make) {
    const before = drawn.get(canvas);
    if (before) {
      before.chart.destroy();
    }
    const colours = theme();
    asUsual(colours);
    drawn.set(canvas, { make, chart: new window.Chart(canvas, make(colours)) });
  }

  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    for (const [canvas, { make, chart }] of [...drawn]) {
      if (canvas.isConnected) {
        draw(canvas, make);
      } else {
        chart.destroy();
        drawn.delete(canvas);
      }
    }
  });

  return { draw };
})();
