/** One line of a chart. Points are in the order of x; both values are above 0. */
export interface Series {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

export interface Chart {
  readonly title: string;
  readonly subtitle: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly Series[];
}

const width = 860;
const height = 520;
const plot = { left: 90, right: 620, top: 80, bottom: 450 };
const colours = ['#1f6feb', '#d9480f', '#2b8a3e', '#7048e8', '#c2255c'];
const labelHeight = 40;

/** A line chart with logarithmic axes, as an SVG document on a light ground: points carry their values, lines their names. */
export function drawChart(chart: Chart): string {
  const points = chart.series.flatMap(({ points: own }) => own);
  const xTicks = [...new Set(points.map(({ x }) => x))].sort((left, right) => left - right);
  const yTicks = powersAround(points.map(({ y }) => y));
  const x = scale(xTicks[0]!, xTicks.at(-1)!, plot.left + 30, plot.right - 30);
  const y = scale(yTicks[0]!, yTicks.at(-1)!, plot.bottom, plot.top);
  const labels = spread(chart.series.map(({ points: own }) => y(own.at(-1)!.y)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="Helvetica, Arial, sans-serif" font-size="13" fill="#1f2328">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    text(plot.left, 34, chart.title, 'font-size="19" font-weight="bold"'),
    text(plot.left, 56, chart.subtitle, 'fill="#59636e"'),
    ...yTicks.map((tick) => gridLine(y(tick), numberText(tick))),
    ...xTicks.map((tick) => text(x(tick), plot.bottom + 22, numberText(tick), 'text-anchor="middle"')),
    `<line x1="${plot.left}" y1="${plot.bottom}" x2="${plot.right}" y2="${plot.bottom}" stroke="#59636e"/>`,
    text((plot.left + plot.right) / 2, plot.bottom + 50, chart.xLabel, 'text-anchor="middle"'),
    text(24, (plot.top + plot.bottom) / 2, chart.yLabel, `text-anchor="middle" transform="rotate(-90 24 ${(plot.top + plot.bottom) / 2})"`),
    ...chart.series.flatMap((series, index) => line(series, colours[index % colours.length]!, { x, y, labelY: labels[index]! })),
    '</svg>',
    '',
  ].join('\n');
}

type Scale = (value: number) => number;

function scale(least: number, most: number, from: number, to: number): Scale {
  const [low, high] = [Math.log10(least), Math.log10(most)];
  return (value) => round(high === low ? (from + to) / 2 : from + ((Math.log10(value) - low) / (high - low)) * (to - from));
}

/** Powers of ten from below the least value to above the greatest. */
function powersAround(values: readonly number[]): number[] {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  return Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index));
}

/** Moves labels that would cover each other apart, in order. */
function spread(heights: readonly number[]): number[] {
  const placed: number[] = [];
  for (const index of [...heights.keys()].sort((left, right) => heights[left]! - heights[right]!)) {
    const above = Math.max(-Infinity, ...placed.filter((other) => other !== undefined));
    placed[index] = Math.max(heights[index]!, above + labelHeight);
  }
  return placed;
}

const gridLine = (at: number, label: string): string =>
  `<line x1="${plot.left}" y1="${at}" x2="${plot.right}" y2="${at}" stroke="#d1d9e0"/>\n${text(plot.left - 10, at + 4, label, 'text-anchor="end"')}`;

function line({ name, points }: Series, colour: string, { x, y, labelY }: { x: Scale; y: Scale; labelY: number }): string[] {
  const last = points.at(-1)!;
  return [
    `<polyline points="${points.map((point) => `${x(point.x)},${y(point.y)}`).join(' ')}" fill="none" stroke="${colour}" stroke-width="2.5"/>`,
    ...points.map((point) => `<circle cx="${x(point.x)}" cy="${y(point.y)}" r="4" fill="${colour}"/>`),
    `<line x1="${x(last.x) + 6}" y1="${y(last.y)}" x2="${plot.right + 14}" y2="${labelY - 4}" stroke="${colour}" stroke-dasharray="2 3"/>`,
    text(plot.right + 20, labelY, name, `fill="${colour}" font-weight="bold"`),
    text(plot.right + 20, labelY + 16, points.map((point) => numberText(Math.round(point.y))).join(' · '), `fill="${colour}"`),
  ];
}

const text = (x: number, y: number, words: string, attributes = ''): string => `<text x="${round(x)}" y="${round(y)}" ${attributes}>${escaped(words)}</text>`;
const escaped = (words: string): string => words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const numberText = (value: number): string => value.toLocaleString('en');
const round = (value: number): number => Math.round(value * 10) / 10;
