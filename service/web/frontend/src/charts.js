// Charts are drawn from the tables beside them; what draws them comes only when a page has one.

const HEIGHT = 150;
const DAY_SECONDS = 86_400;

let drawn = [];

export function watchCharts() {
  const draw = () => {
    const missing = [...document.querySelectorAll("[data-chart]:not([data-drawn])")];
    drawn = drawn.filter(({ figure }) => figure.isConnected);
    if (missing.length) drawAll(missing);
  };
  draw();
  document.addEventListener("htmx:after:swap", draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    for (const { figure, chart } of drawn) {
      chart.destroy();
      delete figure.dataset.drawn;
    }
    drawn = [];
    draw();
  });
}

async function drawAll(figures) {
  for (const figure of figures) figure.dataset.drawn = "yes";
  const { default: Plot } = await import("uplot");
  for (const figure of figures) {
    const room = figure.querySelector("[data-room]");
    const chart = new Plot(optionsOf(Plot, figure, room.clientWidth), numbersOf(figure), room);
    room.setAttribute("aria-hidden", "true");
    new ResizeObserver(() => {
      if (room.clientWidth) chart.setSize({ width: room.clientWidth, height: HEIGHT });
    }).observe(room);
    drawn.push({ figure, chart });
  }
}

function numbersOf(figure) {
  const rows = [...figure.querySelectorAll("tbody tr")].map((row) => [...row.cells].map((cell) => cell.textContent));
  const first = (text) => ("days" in figure.dataset ? Date.parse(`${text}T00:00Z`) / 1000 : Number(text));
  const columns = rows[0].slice(1).map((_, place) => rows.map((row) => Number(row[place + 1].replaceAll(",", ""))));
  return [rows.map(([text]) => first(text)), ...columns];
}

function optionsOf(Plot, figure, width) {
  const style = getComputedStyle(figure);
  const colour = (name) => style.getPropertyValue(name).trim();
  // Custom properties come unresolved: a place that uses them tells the colour.
  const shown = (name) => {
    const probe = document.createElement("span");
    probe.className = `series-${name}`;
    figure.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  };
  const isBars = figure.dataset.chart === "bars";
  const axis = {
    stroke: shown("axis"),
    grid: { stroke: shown("grid"), width: 1 },
    ticks: { show: false },
    font: `12px ${colour("font-family") || "sans-serif"}`,
  };
  const names = [...figure.querySelectorAll("thead th")].slice(1);
  return {
    width: width || 300,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: "days" in figure.dataset, range: isBars ? padded : undefined },
      y: figure.dataset.scale === "log" ? { distr: 3 } : { range: (_, low, high) => [0, Math.max(high, 1) * 1.1] },
    },
    axes: [
      { ...axis, grid: { show: false }, size: 26, space: 60, values: "days" in figure.dataset ? dates : undefined },
      { ...axis, size: 44, space: 34, values: (_, splits) => splits.map((each) => short(each, isBars)) },
    ],
    series: [
      {},
      ...names.map((name, place) => ({
        label: name.textContent,
        stroke: shown(place + 1),
        fill: isBars ? shown(place + 1) : undefined,
        width: isBars ? 0 : 2,
        points: { show: false },
        paths: isBars
          ? Plot.paths.bars({ size: [0.38, 12], align: place === 0 ? -1 : 1, gap: 1 })
          : Plot.paths.linear(),
      })),
    ],
  };
}

function padded(_, low, high) {
  return [low - DAY_SECONDS / 2, high + DAY_SECONDS / 2];
}

function dates(_, splits) {
  return splits.map((each) =>
    new Date(each * 1000).toLocaleDateString(document.documentElement.lang, { day: "numeric", month: "short" }),
  );
}

function short(number, isCount) {
  if (number === null) return "";
  if (Number.isInteger(number)) return String(number);
  return isCount ? "" : number.toPrecision(2);
}
