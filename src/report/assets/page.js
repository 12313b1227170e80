// Draws the charts of the page from the numbers that it carries, and keeps their cursors together.
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const root = document.documentElement;

  // ---- Figures as people read them, as the rest of the page writes them ----
  const digits = (value) => {
    const magnitude = Math.abs(value);
    const decimals = magnitude >= 99.95 ? 0 : magnitude >= 9.995 ? 1 : 2;
    return String(Number(value.toFixed(decimals)));
  };
  const scaled = (value, units) => {
    const unit = units.find(([factor]) => Math.abs(value) / factor >= 0.9995) || units[units.length - 1];
    return digits(value / unit[0]) + unit[1];
  };
  const DURATIONS = [[86400, " d"], [3600, " h"], [60, " min"], [1, " s"], [1e-3, " ms"], [1e-6, " us"], [1e-9, " ns"]];
  const COUNTS = [[1e12, " T"], [1e9, " G"], [1e6, " M"], [1e3, " k"], [1, ""]];
  const SIZES = [[1e12, " TB"], [1e9, " GB"], [1e6, " MB"], [1e3, " kB"], [1, " B"]];
  const count = (value) => (value === 0 ? "0" : Math.abs(value) < 1 ? String(Number(value.toPrecision(3))) : scaled(value, COUNTS));
  const FORMS = {
    duration: (value) => (value === 0 ? "0 s" : scaled(value, DURATIONS)),
    rate: (value) => `${count(value)}${Math.abs(value) >= 999.5 ? "/s" : " /s"}`,
    share: (value) => `${digits(value * 100)} %`,
    bytes: (value) => (value === 0 ? "0 B" : scaled(value, SIZES)),
    money: (value) => `$${count(value)}`,
    number: count,
  };
  const share = (x) => `${Number((100 - 100 / x).toPrecision(10))} %`;

  // ---- Themes ----
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let printing = false;
  const isDark = () => !printing && (root.dataset.theme ? root.dataset.theme === "dark" : dark.matches);
  const colour = (name) => getComputedStyle(root).getPropertyValue(name).trim();

  // ---- Charts ----
  let data = JSON.parse(byId("charts").textContent);
  let drawn = [];
  const DASHES = [[], [6, 4], [2, 3], [9, 3, 2, 3], [12, 4]];
  const HEIGHT = 190;
  const TALL = 300;

  const timeUnit = (end) => (end >= 4 * 3600 ? [3600, "h"] : end >= 300 ? [60, "min"] : end >= 1 ? [1, "s"] : [1e-3, "ms"]);

  // Round steps of time, in the unit of the axis.
  const timeSteps = (unit) => {
    const steps = unit === 1 || unit === 1e-3 ? [1, 2, 5, 10, 20, 50, 100, 200, 500] : [1, 2, 5, 10, 15, 20, 30, 60, 120, 240, 480];
    const fine = unit < 60 ? [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5] : [0.25, 0.5];
    return [...fine, ...steps, 1e3, 1e4, 1e5, 1e6].map((step) => step * unit);
  };

  const logSplits = (low, high) => {
    const decades = Math.log10(high / low);
    const steps = decades > 4 ? [1] : decades > 1.6 ? [1, 3] : decades > 0.8 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 6, 8];
    const splits = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high) + 1; power += 1) {
      for (const step of steps) {
        const value = step * 10 ** power;
        if (value >= low * 0.999 && value <= high * 1.001) splits.push(value);
      }
    }
    return splits;
  };

  const range = (chart) => {
    const values = chart.lines.flatMap((line) => line.values).filter((value) => value !== null);
    if (chart.log) {
      const positive = values.filter((value) => value > 0);
      if (positive.length === 0) return { log: false, low: 0, high: 1e-3 };
      const low = positive.reduce((a, b) => Math.min(a, b));
      const high = positive.reduce((a, b) => Math.max(a, b));
      return { log: true, low: Math.min(low * 0.85, high / 2.2), high: high * 1.18 };
    }
    const high = values.reduce((a, b) => Math.max(a, b), 0);
    const low = values.reduce((a, b) => Math.min(a, b), 0);
    if (chart.form === "share") return { log: false, low: 0, high: high > 1.001 ? high * 1.08 : high > 0.2 ? 1.04 : Math.max(high * 1.15, 0.01) };
    return { log: false, low, high: high > 0 ? high * 1.1 : 1 };
  };

  // What lay over the run, behind the lines, with its name if there is room.
  const shading = (plot) => {
    const { ctx } = plot;
    const { left, top, width, height } = plot.bbox;
    const ratio = devicePixelRatio || 1;
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, top, width, height);
    ctx.clip();
    data.faults.forEach((fault) => {
      const from = plot.valToPos(fault.from, "x", true);
      const until = Math.max(plot.valToPos(fault.until, "x", true), from + ratio);
      ctx.fillStyle = colour("--shade");
      ctx.fillRect(from, top, until - from, height);
      ctx.fillStyle = colour("--shade-line");
      ctx.fillRect(from - ratio / 2, top, ratio, height);
    });
    ctx.restore();
    names(plot);
  };

  // The names of the faults, above the chart where they begin, as far as there is room.
  const names = (plot) => {
    const { ctx } = plot;
    const ratio = devicePixelRatio || 1;
    const right = plot.bbox.left + plot.bbox.width;
    const starts = new Map();
    data.faults.forEach(({ from, name }) => starts.set(from, [...(starts.get(from) || []), name]));
    ctx.save();
    ctx.font = `${11 * ratio}px system-ui, sans-serif`;
    ctx.fillStyle = colour("--shade-line");
    let free = plot.bbox.left;
    [...starts].sort((one, other) => one[0] - other[0]).forEach(([from, list]) => {
      const text = list.join(", ");
      const width = ctx.measureText(text).width;
      const start = Math.min(plot.valToPos(from, "x", true), right - width);
      if (start < free - 0.5) return;
      ctx.fillText(text, start, plot.bbox.top - 4 * ratio);
      free = start + width + 8 * ratio;
    });
    ctx.restore();
  };

  // Only the marks whose labels do not touch.
  const roomy = (plot, splits) => {
    const across = plot.bbox.width / (devicePixelRatio || 1);
    const span = Math.log10(plot.scales.x.max / plot.scales.x.min) || 1;
    let last = -Infinity;
    return splits.map((value) => {
      const at = (Math.log10(value / plot.scales.x.min) / span) * across;
      if (at - last < 54 || at > across - 4) return null;
      last = at;
      return value;
    });
  };

  const options = (chart, width) => {
    const ink = colour("--muted");
    const grid = { stroke: colour("--grid"), width: 1 };
    const font = "11.5px system-ui, sans-serif";
    const y = range(chart);
    const form = FORMS[chart.form] || count;
    const [unit, unitName] = timeUnit(data.end);
    const tails = [1, 2, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8];
    const shaded = !chart.tail && data.faults.length > 0;
    return {
      width,
      height: chart.tail ? TALL : HEIGHT,
      padding: [shaded ? 18 : 8, 14, 0, 0],
      cursor: { sync: chart.tail ? undefined : { key: "time" }, y: false, points: { size: 6 }, drag: { x: true, y: false, setScale: true } },
      legend: { live: true },
      hooks: shaded ? { drawClear: [shading] } : {},
      scales: {
        x: chart.tail ? { time: false, distr: 3, log: 10, range: (_, low, high) => [1, Math.max(high, 10)] } : { time: false, range: (_, low, high) => [low, high] },
        y: y.log ? { distr: 3, log: 10, range: () => [y.low, y.high] } : { range: () => [y.low, y.high] },
      },
      axes: [
        chart.tail
          ? { stroke: ink, grid, ticks: grid, font, size: 34, splits: () => tails, filter: (plot, splits) => roomy(plot, splits), values: (_, splits) => splits.map((value) => (value === null ? null : share(value))) }
          : { stroke: ink, grid: { show: false }, ticks: grid, font, size: 34, space: 60, incrs: timeSteps(unit),
              values: (_, splits) => splits.map((value) => `${Number((value / unit).toPrecision(6))} ${unitName}`) },
        {
          stroke: ink, grid, ticks: { show: false }, font, size: 62, gap: 6,
          splits: y.log ? () => logSplits(y.low, y.high) : undefined,
          filter: y.log ? (_, splits) => splits : undefined,
          values: (_, splits) => splits.map((value) => (value === null ? null : form(value))),
        },
      ],
      series: [
        { label: chart.tail ? "share" : "at", value: (_, value) => (value == null ? "" : chart.tail ? share(value) : FORMS.duration(value)) },
        ...chart.lines.map((line) => {
          const stroke = isDark() ? line.dark : line.light;
          return {
            label: line.label, stroke, width: 1.7, dash: DASHES[line.dash % DASHES.length],
            fill: line.fill ? `${stroke}2b` : undefined, points: { show: false }, spanGaps: chart.tail,
            paths: chart.tail ? uPlot.paths.stepped({ align: -1 }) : undefined,
            value: (plot, value) => (value != null ? form(value) : plot.cursor.idx == null ? "" : "–"),
          };
        }),
      ],
    };
  };

  const draw = () => {
    drawn.forEach(({ plot }) => plot.destroy());
    drawn = [...document.querySelectorAll("[data-chart]")].map((figure) => {
      const chart = data.charts[Number(figure.dataset.chart)];
      const place = figure.querySelector(".plot");
      place.replaceChildren();
      const log = range(chart).log;
      const values = chart.lines.map((line) => (log ? line.values.map((value) => (value > 0 ? value : null)) : line.values));
      const plot = new uPlot(options(chart, printing ? 680 : place.clientWidth), [chart.x, ...values], place);
      watcher.observe(place);
      return { place, plot };
    });
  };
  const watcher = new ResizeObserver((entries) => {
    if (printing) return;
    for (const entry of entries) {
      const found = drawn.find(({ place }) => place === entry.target);
      if (!found) { watcher.unobserve(entry.target); continue; }
      const width = Math.floor(entry.contentRect.width);
      if (width > 0 && width !== found.plot.width) found.plot.setSize({ width, height: found.plot.height });
    }
  });

  byId("theme").addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    draw();
  });
  dark.addEventListener("change", draw);
  let before;
  addEventListener("beforeprint", () => {
    before = root.dataset.theme;
    printing = true;
    root.dataset.theme = "light";
    draw();
  });
  addEventListener("afterprint", () => {
    printing = false;
    if (before) root.dataset.theme = before; else delete root.dataset.theme;
    draw();
  });

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const source = byId(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(source.textContent);
      button.textContent = "copied";
    } catch {
      getSelection().selectAllChildren(source);
      button.textContent = "selected";
    }
    setTimeout(() => { button.textContent = "copy"; }, 1500);
  });

  draw();
})();
