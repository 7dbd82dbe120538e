// Draws the samples of a pass with uPlot. The same numbers are in a table below the charts.
"use strict";
(() => {
  const place = document.querySelector("[data-samples]");
  if (!place || typeof uPlot === "undefined") return;
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
  const stroke = (name) => () => color(name);
  const number = (v, digits) => (v === null || v === undefined ? "–" : v.toLocaleString("en", { maximumFractionDigits: digits }));
  const axis = (more) => ({ stroke: stroke("soft"), grid: { stroke: stroke("line"), width: 1 }, ticks: { stroke: stroke("line"), width: 1 }, ...more });
  const line = (label, name, digits, unit, more) => ({ label, stroke: stroke(name), width: 2, spanGaps: false, points: { size: 4 }, value: (_, v) => number(v, digits) + unit, ...more });
  const shades = ["dead", "throttled", "gone", "protected", "withdrawn", "deleted", "accent", "soft"];

  // Each chart has a row of times and one for each line.
  const kinds = {
    rate: (all) => ({
      series: [line("sent", "accent", 1, ""), line("permitted", "soft", 1, "", { dash: [5, 4] }), line("limit learned", "dead", 1, "", { dash: [2, 3] })],
      data: [all.map((s) => s.sent), all.map((s) => s.rate || null), all.map((s) => s.limit || null)],
    }),
    throttled: (all) => ({
      series: [line("throttled", "throttled", 2, " %", { fill: () => color("throttled") + "33" })],
      data: [all.map((s) => (s.requests ? (100 * s.throttled) / Math.max(s.requests, s.throttled) : 0))], range: [0, 100],
    }),
    latency: (all) => ({
      series: [line("half within", "accent", 0, " ms"), line("95 % within", "protected", 0, " ms"), line("99 % within", "dead", 0, " ms")],
      data: ["p50", "p95", "p99"].map((q) => all.map((s) => (s[q] ? s[q] * 1000 : null))),
    }),
    errors: (all) => {
      const reasons = [...new Set(all.flatMap((s) => Object.keys(s.errors || {})))].sort();
      const shown = reasons.length ? reasons : ["none"];
      return {
        series: shown.map((why, i) => line(why.replace("_", " "), shades[i % shades.length], 1, "")),
        data: shown.map((why) => all.map((s) => (s.took ? (60 * ((s.errors || {})[why] || 0)) / s.took : 0))),
      };
    },
  };

  // times are labels of the axis in UTC, with the day where it begins.
  const times = (_, splits) => splits.map((t, i) => {
    const text = new Date(t * 1000).toISOString(), day = text.slice(5, 10);
    const fine = splits.length > 1 && splits[1] - splits[0] < 60;
    return text.slice(11, fine ? 19 : 16) + (i === 0 || new Date(splits[i - 1] * 1000).toISOString().slice(5, 10) !== day ? "\n" + day : "");
  });

  const drawn = new Map();
  function draw(figure, all) {
    const { series, data, range } = kinds[figure.dataset.chart](all);
    const rows = [all.map((s) => Date.parse(s.at) / 1000), ...data];
    const names = series.map((s) => s.label).join();
    let chart = drawn.get(figure);
    if (chart && chart.names === names) return chart.plot.setData(rows);
    if (chart) chart.plot.destroy();
    const top = (_, min, max) => [0, range ? Math.min(range[1], Math.max(max * 1.1, 1)) : Math.max(max * 1.1, 1)];
    const plot = new uPlot({
      width: figure.clientWidth, height: 220, tzDate: (t) => uPlot.tzDate(new Date(t * 1000), "UTC"),
      scales: { y: { range: top } }, axes: [axis({ space: 70, values: times }), axis({ size: 55 })],
      cursor: { sync: { key: "charts" } }, series: [{ label: "until", value: (_, t) => (t ? new Date(t * 1000).toISOString().slice(0, 19).replace("T", " ") + " UTC" : "–") }, ...series],
    }, rows, figure);
    plot.root.setAttribute("aria-hidden", "true"); // the table says the same
    drawn.set(figure, { plot, names });
  }

  async function refresh() {
    try {
      const r = await fetch(place.dataset.samples, { cache: "no-store" });
      const all = r.ok ? await r.json() : [];
      place.hidden = all.length === 0;
      if (all.length) for (const figure of place.querySelectorAll("[data-chart]")) draw(figure, all);
    } catch { /* the page says that nobody answers */ }
  }

  addEventListener("resize", () => { for (const [figure, { plot }] of drawn) plot.setSize({ width: figure.clientWidth, height: 220 }); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { for (const { plot } of drawn.values()) plot.redraw(false); });
  refresh();
  if (document.body.dataset.liveEvery) setInterval(() => { if (!document.hidden) refresh(); }, 5000);
})();
