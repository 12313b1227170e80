// Draws the charts of the page from the numbers that it carries, keeps their cursors together, and runs the scenario again when
// a slider is moved.
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
  const DURATIONS = [[86400, " day"], [3600, " h"], [60, " min"], [1, " s"], [1e-3, " ms"], [1e-6, " us"], [1e-9, " ns"]];
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

  const timeUnit = (end) => (end >= 4 * 86400 ? [86400, "day"] : end >= 4 * 3600 ? [3600, "h"] : end >= 300 ? [60, "min"] : end >= 1 ? [1, "s"] : [1e-3, "ms"]);

  // Round steps of time, in the unit of the axis.
  const timeSteps = (unit) => {
    const steps = unit === 1 || unit === 1e-3 || unit === 86400 ? [1, 2, 5, 10, 20, 50, 100, 200, 500] : [1, 2, 5, 10, 15, 20, 30, 60, 120, 240, 480];
    const fine = unit < 60 ? [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5] : [0.25, 0.5];
    return [...fine, ...steps, 1e3, 1e4, 1e5, 1e6].map((step) => step * unit);
  };

  // Durations are counted by tens up to a minute, and then as the units go.
  const ROOTS = [1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 1, 10, 60, 600, 3600, 36000, 86400, 864000, 8640000];

  const logSplits = (low, high) => {
    const decades = Math.log10(high / low);
    const steps = decades > 4 ? [1] : decades > 1.6 ? [1, 3] : decades > 0.8 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 6, 8];
    return ROOTS.flatMap((root, index) => {
      const next = ROOTS[index + 1] || 10 * root;
      const isRoomy = (value) => value === root || next === 10 * root || value < next * 0.7;
      return steps.map((step) => step * root).filter((value) => isRoomy(value) && value >= low * 0.999 && value <= high * 1.001);
    });
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
    // Less than a tenth of a thing is not worth a picture of its own.
    return { log: false, low, high: high > 0 ? Math.max(high * 1.1, chart.form === "number" ? 0.1 : 0) : 1 };
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

  const inkOf = (line) => (isDark() ? line.dark : line.light);
  const dashesOf = (line) => DASHES[line.dash % DASHES.length];

  // A line as it stands in a legend: its dashes, above the colour of its area if it has one.
  const sign = (line) => {
    const ink = inkOf(line);
    let end = 0;
    const stops = dashesOf(line).map((length, index) => `${index % 2 ? "transparent" : ink} ${end}px ${(end += length)}px`);
    const dashes = stops.length ? `repeating-linear-gradient(90deg, ${stops.join(", ")})` : `linear-gradient(${ink}, ${ink})`;
    return `${dashes} center / 100% 2px no-repeat${line.fill ? `, ${ink}2b` : ""}`;
  };

  // The points without a neighbour, through which no line goes. The first and the last bin have two points each.
  const lone = (values) => {
    const has = (index) => values[index] !== null && values[index] !== undefined;
    const end = values.length - 1;
    const isLone = (index) => has(index) && (index <= 1 || !has(index - 1)) && (index >= end - 1 || !has(index + 1));
    return [...values.keys()].filter((index) => index > 0 && index < end && isLone(index));
  };

  // What a chart shows, for who does not see it.
  const told = (chart) => {
    const form = FORMS[chart.form] || count;
    const lines = chart.lines.map(({ label, values }) => {
      const known = values.filter((value) => value !== null);
      if (known.length === 0) return `${label}: nothing`;
      return `${label}: ${form(known.reduce((a, b) => Math.min(a, b)))} to ${form(known.reduce((a, b) => Math.max(a, b)))}`;
    });
    return `${chart.title}. ${lines.join("; ")}`;
  };

  const options = (chart, width) => {
    const ink = colour("--muted");
    const grid = { stroke: colour("--grid"), width: 1 };
    // In whole pixels: uPlot reads the digits before `px` when it scales letters for dense screens.
    const font = "12px system-ui, sans-serif";
    const y = range(chart);
    const form = FORMS[chart.form] || count;
    const [unit, unitName] = timeUnit(data.end);
    const tails = [1, 2, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8];
    const shaded = !chart.tail && data.faults.length > 0;
    return {
      width,
      height: chart.tail ? TALL : HEIGHT,
      padding: [shaded ? 18 : 8, 26, 0, 0],
      cursor: { sync: chart.tail ? undefined : { key: "time" }, y: false, points: { size: 6 }, drag: { x: true, y: false, setScale: true } },
      legend: { live: true, markers: { width: 0, fill: (_, index) => sign(chart.lines[index - 1]) } },
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
          const stroke = inkOf(line);
          return {
            label: line.label, stroke, width: 1.7, dash: dashesOf(line),
            fill: line.fill ? `${stroke}2b` : undefined, spanGaps: chart.tail,
            points: chart.tail ? { show: false } : { show: false, size: 4, fill: stroke, filter: (plot, index) => lone(plot.data[index]) },
            paths: chart.tail ? uPlot.paths.stepped({ align: -1 }) : undefined,
            value: (plot, value) => (value != null ? form(value) : plot.cursor.idx == null ? "" : "–"),
          };
        }),
      ],
    };
  };

  // Only frames with something to scroll to are stops of the keyboard.
  const setStops = () => {
    document.querySelectorAll(".scroll").forEach((frame) => {
      if (frame.scrollWidth > frame.clientWidth) frame.tabIndex = 0; else frame.removeAttribute("tabindex");
    });
  };
  addEventListener("resize", setStops);

  const draw = () => {
    drawn.forEach(({ plot }) => plot.destroy());
    drawn = [...document.querySelectorAll("[data-chart]")].map((figure) => {
      const chart = data.charts[Number(figure.dataset.chart)];
      const place = figure.querySelector(".plot");
      place.replaceChildren();
      const log = range(chart).log;
      const values = chart.lines.map((line) => (log ? line.values.map((value) => (value > 0 ? value : null)) : line.values));
      const width = printing ? (chart.tail ? 680 : 325) : place.clientWidth;
      const plot = new uPlot(options(chart, width), [chart.x || data.times, ...values], place);
      place.setAttribute("role", "img");
      place.setAttribute("aria-label", told(chart));
      watcher.observe(place);
      return { place, plot };
    });
    setStops();
  };
  // The sections as they were written, before anything is drawn in them.
  const sections = [...document.querySelectorAll("main > section")].map((section) => {
    const content = section.querySelector(".content");
    return { id: section.id, html: content.innerHTML };
  });

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

  // ---- Sliders ----
  const knobs = [...document.querySelectorAll("[data-path]")];
  if (!byId("core") || knobs.length === 0) return;
  const question = JSON.parse(byId("question").textContent);
  // A text that the page shows letter by letter is not there twice.
  if (question.text === null) question.text = document.querySelector(".source").textContent;
  const base = JSON.parse(byId("answer").textContent);
  const original = data;

  // Runs in a worker: it compiles the core, unless it is given it, and answers a question.
  const worker = () => {
    // Each letter of ASCII is seven bits, each other one fourteen: the first seven say for which of four letters it stands.
    const bytesOf = (text) => {
      const AVOIDED = [0, 10, 13, 60];
      const bytes = new Uint8Array(2 * text.length);
      let length = 0;
      let bits = 0;
      let count = 0;
      for (let index = 0; index < text.length; index += 1) {
        const letter = text.charCodeAt(index);
        const isPlain = letter < 128;
        bits = isPlain ? (bits << 7) | letter : (bits << 14) | (AVOIDED[(letter >> 7) - 2] << 7) | (letter & 127);
        for (count += isPlain ? 7 : 14; count >= 8;) {
          count -= 8;
          bytes[length] = bits >> count;
          length += 1;
        }
        bits &= (1 << count) - 1;
      }
      return bytes.subarray(0, length);
    };

    // Unpacks a file of LZMA, after the specification of its format (I. Pavlov, public domain).
    const unpack = (input) => {
      const lc = input[0] % 9;
      const lp = Math.floor(input[0] / 9) % 5;
      const pb = Math.floor(input[0] / 45);
      const size = new DataView(input.buffer).getUint32(5, true);
      const output = new Uint8Array(size);
      const fresh = (length) => new Uint16Array(length).fill(1024);
      const lengths = () => ({ choice: fresh(2), low: fresh(16 << 3), middle: fresh(16 << 3), high: fresh(256) });
      const literals = fresh(0x300 << (lc + lp));
      const [isMatch, isRep0Long] = [fresh(12 << 4), fresh(12 << 4)];
      const [isRep, isRepG0, isRepG1, isRepG2] = [fresh(12), fresh(12), fresh(12), fresh(12)];
      const [slots, special, align] = [fresh(4 << 6), fresh(128), fresh(16)];
      const [matches, repeats] = [lengths(), lengths()];
      let at = 18;
      let range = 0xffffffff;
      let code = new DataView(input.buffer).getUint32(14);
      const normalise = () => {
        if (range < 0x1000000) {
          range = (range << 8) >>> 0;
          code = ((code << 8) | input[at++]) >>> 0;
        }
      };
      const bit = (odds, index) => {
        const bound = (range >>> 11) * odds[index];
        let found = 0;
        if (code < bound) {
          range = bound;
          odds[index] += (2048 - odds[index]) >>> 5;
        } else {
          range -= bound;
          code -= bound;
          odds[index] -= odds[index] >>> 5;
          found = 1;
        }
        normalise();
        return found;
      };
      const tree = (odds, base, bits) => {
        let node = 1;
        for (let index = 0; index < bits; index += 1) node = (node << 1) | bit(odds, base + node);
        return node - (1 << bits);
      };
      const reversed = (odds, base, bits) => {
        let node = 1;
        let value = 0;
        for (let index = 0; index < bits; index += 1) {
          const one = bit(odds, base + node);
          node = (node << 1) | one;
          value |= one << index;
        }
        return value;
      };
      const length = (odds, place) => {
        if (bit(odds.choice, 0) === 0) return tree(odds.low, place << 3, 3);
        if (bit(odds.choice, 1) === 0) return 8 + tree(odds.middle, place << 3, 3);
        return 16 + tree(odds.high, 0, 8);
      };
      const distance = (count) => {
        const slot = tree(slots, Math.min(count, 3) << 6, 6);
        if (slot < 4) return slot;
        const bits = (slot >> 1) - 1;
        let value = (2 | (slot & 1)) * 2 ** bits;
        if (slot < 14) return value + reversed(special, value - slot, bits);
        let direct = 0;
        for (let index = 0; index < bits - 4; index += 1) {
          range >>>= 1;
          const one = code >= range ? 1 : 0;
          if (one) code -= range;
          direct = direct * 2 + one;
          normalise();
        }
        value += direct * 16;
        return value + reversed(align, 0, 4);
      };
      let to = 0;
      let state = 0;
      let recent = [0, 0, 0, 0];
      while (to < size) {
        const place = to & ((1 << pb) - 1);
        if (bit(isMatch, (state << 4) + place) === 0) {
          const before = to > 0 ? output[to - 1] : 0;
          const base = 0x300 * (((to & ((1 << lp) - 1)) << lc) + (before >> (8 - lc)));
          let symbol = 1;
          if (state >= 7) {
            let other = output[to - recent[0] - 1];
            while (symbol < 0x100) {
              const expected = (other >> 7) & 1;
              other <<= 1;
              const one = bit(literals, base + ((1 + expected) << 8) + symbol);
              symbol = (symbol << 1) | one;
              if (one !== expected) break;
            }
          }
          while (symbol < 0x100) symbol = (symbol << 1) | bit(literals, base + symbol);
          output[to++] = symbol;
          state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
          continue;
        }
        let count;
        if (bit(isRep, state) === 0) {
          count = length(matches, place);
          recent = [distance(count), recent[0], recent[1], recent[2]];
          state = state < 7 ? 7 : 10;
        } else {
          if (bit(isRepG0, state) === 0) {
            if (bit(isRep0Long, (state << 4) + place) === 0) {
              output[to] = output[to - recent[0] - 1];
              to += 1;
              state = state < 7 ? 9 : 11;
              continue;
            }
          } else if (bit(isRepG1, state) === 0) {
            recent = [recent[1], recent[0], recent[2], recent[3]];
          } else if (bit(isRepG2, state) === 0) {
            recent = [recent[2], recent[0], recent[1], recent[3]];
          } else {
            recent = [recent[3], recent[0], recent[1], recent[2]];
          }
          count = length(repeats, place);
          state = state < 7 ? 8 : 11;
        }
        for (count += 2; count > 0; count -= 1) {
          output[to] = output[to - recent[0] - 1];
          to += 1;
        }
      }
      return output;
    };
    self.onmessage = async ({ data: { packed, core, asked } }) => {
      try {
        if (!core) {
          core = await WebAssembly.compile(unpack(bytesOf(packed)));
          self.postMessage({ core });
        }
        let last = 0;
        const progress = (share) => {
          if (Date.now() - last < 60) return;
          last = Date.now();
          self.postMessage({ share });
        };
        // A fresh instance for each run: nothing of one can reach another.
        const { exports } = await WebAssembly.instantiate(core, { host: { progress } });
        const text = new TextEncoder().encode(JSON.stringify(asked));
        const room = exports.reserve(text.length);
        new Uint8Array(exports.memory.buffer, room, text.length).set(text);
        const address = exports.rerun();
        const answer = new TextDecoder().decode(new Uint8Array(exports.memory.buffer, address, exports.length()));
        self.postMessage({ answer });
      } catch (error) {
        self.postMessage({ failed: String(error) });
      }
    };
  };

  const state = byId("state");
  const progress = byId("progress");
  const stop = byId("stop");
  const reset = byId("reset");
  const outcome = byId("outcome");
  const packed = byId("core").textContent;
  // The core, once somebody has moved a slider: the next move need not unpack it again.
  let core;
  let running;
  let started = 0;

  const stopsOf = new Map(knobs.map((knob) => [knob, JSON.parse(knob.dataset.stops)]));
  const settings = () => knobs
    .filter((knob) => knob.value !== knob.dataset.at)
    .map((knob) => `${knob.dataset.path}=${stopsOf.get(knob)[Number(knob.value)]}`);

  const label = (knob) => {
    const text = stopsOf.get(knob)[Number(knob.value)];
    const changed = knob.value !== knob.dataset.at;
    const output = knob.parentElement.querySelector("output");
    if (output) {
      output.value = text;
      knob.setAttribute("aria-valuetext", text);
    }
    knob.parentElement.classList.toggle("changed", changed);
  };

  const say = (text, busy) => {
    state.textContent = text;
    progress.hidden = stop.hidden = !busy;
    if (busy) progress.value = 0;
  };

  const halt = () => {
    if (running) running.terminate();
    running = undefined;
  };

  // The sections of a run take the place of those that are shown, and the sliders stay where they are on the screen. The
  // markup was written by the same program as the page.
  const show = (contents, charts) => {
    const height = () => byId("knobs").getBoundingClientRect().top;
    const before = height();
    data = charts;
    for (const { id, html } of contents) {
      const section = byId(id);
      section.querySelector(".content").innerHTML = html;
      section.hidden = html === "";
    }
    draw();
    scrollBy({ top: height() - before, behavior: "instant" });
  };

  const cell = (row, name, text, className) => {
    const element = row.appendChild(document.createElement(name));
    element.textContent = text;
    if (className) element.className = className;
    return element;
  };

  // By how much a figure is another one.
  const change = (old, now, isShare) => {
    const signed = (value, unit) => `${value < 0 ? "−" : "+"}${digits(Math.abs(value))} ${unit}`;
    if (isShare) return signed((now - old) * 100, "points");
    if (!(old > 0 && now > 0)) return "";
    return now / old >= 2 || old / now >= 2 ? `× ${count(now / old)}` : signed((now / old - 1) * 100, "%");
  };

  // What is other than in the run of the report.
  const compare = (answer) => {
    const before = new Map(base.figures.map((figure) => [figure[0], figure]));
    const changed = answer.figures.filter(([name, text]) => !before.has(name) || before.get(name)[1] !== text);
    const table = document.createElement("table");
    const head = table.createTHead().insertRow();
    ["figure", "in the report", "now", "change"].forEach((text, index) => {
      cell(head, "th", text, index ? "n" : "").scope = "col";
    });
    const body = table.createTBody();
    const add = (...texts) => {
      const row = body.insertRow();
      texts.forEach((text, index) => cell(row, index ? "td" : "th", text, index ? "n" : ""));
      row.cells[0].scope = "row";
    };
    add("verdict", base.word, answer.word, "");
    changed.forEach(([name, text, value]) => {
      const [, old, oldValue] = before.get(name) || [name, "–", 0];
      add(name, old, text, change(oldValue, value, text.endsWith("%")));
    });
    const same = answer.figures.length - changed.length;
    const frame = document.createElement("div");
    frame.className = "scroll";
    frame.setAttribute("role", "group");
    frame.setAttribute("aria-label", "What changed");
    frame.append(table);
    outcome.replaceChildren(frame);
    setStops();
    const note = cell(outcome, "p", `${same} ${same === 1 ? "figure is" : "figures are"} the same. `, "note");
    note.append("All sections of this page now show this run, whose fingerprint is ");
    cell(note, "code", answer.fingerprint).id = "fingerprint";
    note.append(". The same from the command line:");
    const box = outcome.appendChild(document.createElement("div"));
    box.className = "command";
    const code = cell(box, "code", byId("command").textContent);
    code.id = "whatif-command";
    code.tabIndex = 0;
    const copy = cell(box, "button", "copy", "copy");
    copy.type = "button";
    copy.dataset.copy = "whatif-command";
  };

  const restore = () => {
    halt();
    knobs.forEach((knob) => { knob.value = knob.dataset.at; label(knob); });
    outcome.replaceChildren();
    reset.hidden = true;
    document.body.classList.remove("other");
    say("This is the run of the report.", false);
    show(sections.filter(({ id }) => id !== "whatif" && id !== "scenario"), original);
  };

  const done = (answer, asked) => {
    running = undefined;
    const seconds = (performance.now() - started) / 1000;
    if (answer.diagnostics !== undefined) {
      say("This cannot be run; the page still shows the last run that ended.", false);
      outcome.replaceChildren();
      cell(outcome, "pre", answer.diagnostics, "said");
      return;
    }
    document.body.classList.add("other");
    show(answer.fragments, answer.charts);
    say(`Run again in ${seconds.toPrecision(2)} s with ${asked.join(", ")}.`, false);
    compare(answer);
  };

  const run = () => {
    halt();
    const asked = settings();
    if (asked.length === 0) { restore(); return; }
    reset.hidden = false;
    say("Simulating …", true);
    started = performance.now();
    const url = URL.createObjectURL(new Blob([`(${worker})()`], { type: "text/javascript" }));
    running = new Worker(url);
    URL.revokeObjectURL(url);
    running.onerror = (event) => {
      halt();
      say(`The simulator could not be started in this browser: ${event.message || "workers are not allowed here"}.`, false);
    };
    running.onmessage = ({ data: told }) => {
      if (told.core) { core = told.core; return; }
      if (told.share !== undefined) { progress.value = told.share; return; }
      running.terminate();
      if (told.failed) { running = undefined; say(`The simulator stopped: ${told.failed}`, false); return; }
      done(JSON.parse(told.answer), asked);
    };
    running.postMessage({ packed: core ? "" : packed, core, asked: { ...question, settings: [...question.settings, ...asked] } });
  };

  let soon;
  knobs.forEach((knob) => {
    knob.value = knob.dataset.at;
    knob.addEventListener("input", () => label(knob));
    knob.addEventListener("change", () => { clearTimeout(soon); soon = setTimeout(run, 120); });
  });
  stop.addEventListener("click", () => { halt(); say("Stopped; what is shown is the last run that ended.", false); });
  reset.addEventListener("click", restore);
  byId("knobs").addEventListener("submit", (event) => event.preventDefault());
})();
