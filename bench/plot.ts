/** A line of a plot; both coordinates are positive. */
export interface Line {
  readonly name: string;
  readonly color: string;
  readonly isDashed?: boolean;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface PlotOptions {
  readonly title: string;
  readonly x: string;
  readonly y: string;
}

const WIDTH = 760;
const HEIGHT = 440;
const LEFT = 70;
const RIGHT = 190;
const TOP = 40;
const BOTTOM = 50;

/** An SVG with logarithmic axes and a name at the end of each line. */
export const plot = (lines: readonly Line[], { title, x, y }: PlotOptions): string => {
  const points = lines.flatMap(line => line.points);
  const xs = decadesOf(points.map(([value]) => value));
  const ys = decadesOf(points.map(([, value]) => value));
  const xAt = scale(xs, LEFT, WIDTH - RIGHT);
  const yAt = scale(ys, HEIGHT - BOTTOM, TOP);
  const labels = spread(lines.map(line => yAt(line.points.at(-1)?.[1] ?? 1)));
  const parts = [
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    text(LEFT, 22, title, 'font-weight="bold"'),
    ...xs.flatMap(value => [
      stroke(xAt(value), TOP, xAt(value), HEIGHT - BOTTOM, '#ddd'),
      text(xAt(value), HEIGHT - BOTTOM + 18, short(value), 'text-anchor="middle"'),
    ]),
    ...ys.flatMap(value => [
      stroke(LEFT, yAt(value), WIDTH - RIGHT, yAt(value), '#ddd'),
      text(LEFT - 8, yAt(value) + 4, short(value), 'text-anchor="end"'),
    ]),
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, x, 'text-anchor="middle"'),
    text(
      16,
      (TOP + HEIGHT - BOTTOM) / 2,
      y,
      `text-anchor="middle" transform="rotate(-90 16 ${(TOP + HEIGHT - BOTTOM) / 2})"`,
    ),
    ...lines.flatMap(({ name, color, isDashed, points: own }, index) => {
      const path = own.map(([px, py]) => `${round(xAt(px))},${round(yAt(py))}`).join(' ');
      const dashes = isDashed ? ' stroke-dasharray="6 4"' : '';
      return [
        `<polyline points="${path}" fill="none" stroke="${color}" stroke-width="2"${dashes}/>`,
        ...own.map(([px, py]) => `<circle cx="${round(xAt(px))}" cy="${round(yAt(py))}" r="3" fill="${color}"/>`),
        text(WIDTH - RIGHT + 10, (labels[index] ?? 0) + 4, name, `fill="${color}"`),
      ];
    }),
  ];
  const root = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" role="img" aria-label="${escaped(title)}">`;
  return `${root}\n${parts.join('\n')}\n</svg>\n`;
};

/** The powers of ten around some values. */
const decadesOf = (values: readonly number[]): readonly number[] => {
  const first = Math.floor(Math.log10(Math.min(...values)));
  const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(...values))));
  return Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index));
};

const scale = (decades: readonly number[], from: number, to: number) => {
  const first = Math.log10(decades[0] ?? 1);
  const last = Math.log10(decades.at(-1) ?? 10);
  return (value: number): number => from + ((Math.log10(value) - first) / (last - first)) * (to - from);
};

const LINE_HEIGHT = 16;

/** Moves labels apart that would lie on each other. */
const spread = (places: readonly number[]): readonly number[] => {
  const moved = [...places];
  const order = places.map((_, index) => index).sort((a, b) => (places[a] ?? 0) - (places[b] ?? 0));
  let lowest = Number.NEGATIVE_INFINITY;
  for (const index of order) {
    lowest = Math.max(moved[index] ?? 0, lowest + LINE_HEIGHT);
    moved[index] = lowest;
  }
  return moved;
};

const text = (x: number, y: number, content: string, more = ''): string =>
  `<text x="${round(x)}" y="${round(y)}" ${more}>${escaped(content)}</text>`;

const stroke = (x1: number, y1: number, x2: number, y2: number, color: string): string =>
  `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="${color}"/>`;

const escaped = (content: string): string =>
  content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

const short = (value: number): string => {
  if (value >= 1_000_000) return `${value / 1_000_000}M`;
  return value >= 1_000 ? `${value / 1_000}k` : `${Number(value.toPrecision(3))}`;
};

const round = (value: number): number => Math.round(value * 10) / 10;
