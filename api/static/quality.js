/* Draws the charts of the pages about quality; without it the tables say the same. */
"use strict";

(() => {
  const hues = [0, 1, 3, 4]; // the grey one is for what was asked
  const marks = ["circle", "rect", "triangle", "rectRot", "star"];

  function plot({ kind, labels, series }, colours) {
    const isLine = kind === "line";
    const datasets = Object.entries(series).map(([label, data], place) => {
      const isGoal = label === "Asked";
      const stroke = isGoal ? colours.soft : colours.series[hues[place]];
      return {
        label,
        data,
        borderColor: stroke,
        backgroundColor: stroke,
        borderWidth: isLine ? 2 : 0,
        borderDash: isGoal ? [6, 4] : [],
        pointRadius: isGoal ? 0 : 4,
        pointStyle: marks[place],
      };
    });
    return {
      type: kind,
      data: { labels, datasets },
      options: {
        interaction: { mode: "index", intersect: false },
        plugins: {
          legend: { labels: { usePointStyle: isLine } },
          tooltip: { callbacks: { label: (item) => `${item.dataset.label}: ${item.formattedValue} %` } },
        },
        scales: {
          x: { grid: { display: false } },
          y: { min: isLine ? undefined : 0, max: isLine ? 100 : undefined, ticks: { callback: (value) => `${value} %` } },
        },
      },
    };
  }

  for (const chart of document.querySelectorAll("[data-chart]")) {
    const told = JSON.parse(chart.dataset.chart);
    chart.hidden = false;
    window.triageCharts.draw(chart.querySelector("canvas"), (colours) => plot(told, colours));
  }
})();
