/* The pages about models: their plots, the dial's slider, and what is said while something takes a while. */
"use strict";

(() => {
  const asShare = (value) => `${Math.round(value * 100)} %`;

  /* From a round share below the smallest one on, so that what lies close together can be told apart. */
  function shareAxis(title, shares = [0]) {
    const from = Math.max(0, Math.floor(Math.min(...shares) * 5) / 5 - 0.2);
    return {
      min: Number(from.toFixed(1)),
      max: 1,
      title: { display: true, text: title },
      ticks: { callback: asShare, maxRotation: 0, stepSize: from >= 0.4 ? 0.1 : 0.2 },
    };
  }

  function reliabilityPlot(bins, colours) {
    const [own, , other] = colours.series;
    return {
      type: "scatter",
      data: {
        datasets: [
          {
            label: "answers of similar confidence",
            data: bins,
            showLine: true,
            borderColor: own,
            backgroundColor: own,
            pointRadius: 5,
          },
          {
            label: "95 % interval",
            data: bins.flatMap((bin) => [{ x: bin.x, y: bin.low }, { x: bin.x, y: bin.high }, { x: NaN, y: NaN }]),
            showLine: true,
            spanGaps: false,
            borderColor: colours.faded(own, 0.5),
            backgroundColor: colours.faded(own, 0.5),
            pointRadius: 0,
            pointStyle: "line",
          },
          {
            label: "confidence means what it says",
            data: [{ x: 0, y: 0 }, { x: 1, y: 1 }],
            showLine: true,
            borderColor: other,
            backgroundColor: other,
            borderDash: [6, 4],
            borderWidth: 2,
            pointRadius: 0,
            pointStyle: "line",
          },
        ],
      },
      options: {
        scales: {
          x: shareAxis("confidence", bins.flatMap((bin) => [bin.x, bin.low])),
          y: shareAxis("share of right answers", bins.flatMap((bin) => [bin.x, bin.low])),
        },
        plugins: {
          tooltip: {
            filter: (item) => item.datasetIndex === 0,
            callbacks: {
              label: ({ raw }) => `${asShare(raw.x)} sure: ${asShare(raw.y)} right of ${raw.n} answers`,
            },
          },
        },
      },
    };
  }

  function curvePlot({ points, allowed }, colours) {
    const [own, , other] = colours.series;
    const highest = Math.max(allowed, ...points.map(([, error]) => error));
    return {
      type: "scatter",
      data: {
        datasets: [
          {
            label: "share of wrong answers",
            data: points.map(([x, y]) => ({ x, y })),
            showLine: true,
            borderColor: own,
            backgroundColor: own,
            pointRadius: 0,
            pointHitRadius: 8,
            pointStyle: "line",
            borderWidth: 2,
          },
          {
            label: "as much as is asked for",
            data: [{ x: 0, y: allowed }, { x: 1, y: allowed }],
            showLine: true,
            borderColor: other,
            backgroundColor: other,
            borderDash: [6, 4],
            borderWidth: 2,
            pointRadius: 0,
            pointStyle: "line",
          },
        ],
      },
      options: {
        scales: {
          x: shareAxis("share answered, the surest first"),
          y: {
            min: 0,
            suggestedMax: Math.min(1, highest * 1.15),
            title: { display: true, text: "wrong among these" },
            ticks: { callback: (value) => `${Number((value * 100).toFixed(2))} %` },
          },
        },
        plugins: {
          tooltip: {
            filter: (item) => item.datasetIndex === 0,
            callbacks: {
              label: ({ raw }) => `the surest ${asShare(raw.x)}: ${(raw.y * 100).toFixed(1)} % wrong`,
            },
          },
        },
      },
    };
  }

  function labelsPlot(rows, colours) {
    const [own, second] = colours.series;
    const most = Math.max(1, ...rows.map((row) => row.n));
    const bubbles = (applied) =>
      rows
        .filter((row) => row.applied === applied)
        .map((row) => ({ ...row, r: 4 + 18 * Math.sqrt(row.n / most) }));
    return {
      type: "bubble",
      data: {
        datasets: [
          {
            label: "applied from its threshold on",
            data: bubbles(true),
            backgroundColor: colours.faded(own, 0.45),
            borderColor: own,
          },
          {
            label: "never applied",
            data: bubbles(false),
            backgroundColor: colours.faded(second, 0.15),
            borderColor: second,
          },
        ],
      },
      options: {
        clip: false,
        layout: { padding: { top: 12, right: 18 } },
        scales: {
          x: shareAxis("share of its answers that is applied", rows.map((row) => row.x)),
          y: shareAxis("right among these", rows.map((row) => row.y)),
        },
        plugins: {
          tooltip: {
            callbacks: {
              label: ({ raw }) =>
                `${raw.label}: ${asShare(raw.x)} of ${raw.n} answers, ${asShare(raw.y)} of them right`,
            },
          },
        },
      },
    };
  }

  const plots = { reliability: reliabilityPlot, curve: curvePlot, labels: labelsPlot };

  function drawPlots() {
    for (const canvas of document.querySelectorAll("canvas[data-plot]")) {
      const content = JSON.parse(canvas.dataset.content);
      window.triageCharts.draw(canvas, (colours) => plots[canvas.dataset.plot](content, colours));
    }
  }

  /* The slider and the number beside it are one value; only the number is sent. */
  function tieSlider() {
    const slider = document.querySelector("[data-slides]");
    if (!slider) {
      return;
    }
    const number = document.getElementById(slider.dataset.slides);
    slider.closest("[hidden]")?.removeAttribute("hidden");
    slider.value = number.value;
    slider.addEventListener("input", () => {
      number.value = slider.value;
      document.getElementById("ask-precision").checked = true;
    });
    number.addEventListener("input", () => {
      slider.value = number.value;
      document.getElementById("ask-precision").checked = true;
    });
    for (const cost of document.querySelectorAll("[data-asks-costs]")) {
      cost.addEventListener("input", () => {
        document.getElementById("ask-costs").checked = true;
      });
    }
  }

  /* What a form that takes a while says while it does; the button is not pressed twice. */
  function sayWaiting(form) {
    form.addEventListener("submit", () => {
      form.querySelector("[data-waiting]").hidden = false;
      for (const button of form.querySelectorAll("button")) {
        button.setAttribute("aria-disabled", "true");
        button.addEventListener("click", (event) => event.preventDefault());
      }
    });
  }

  document.addEventListener("htmx:afterSwap", ({ target }) => {
    target.dispatchEvent(new Event("triage:shown", { bubbles: true }));
  });
  drawPlots();
  tieSlider();
  document.querySelectorAll("form[data-takes-a-while]").forEach(sayWaiting);
})();
