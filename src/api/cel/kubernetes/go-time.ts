/** Why Go's `time.Parse` cannot read a text. */
import { goQuote } from './go-quote.ts';

interface Element {
  /** What the layout has in front. */
  readonly prefix: string;
  readonly layout: string;
  readonly digits: number;
  readonly name: string;
  readonly minimum: number;
  readonly maximum: number;
}

const elements: readonly Element[] = [
  { prefix: '', layout: '2006', digits: 4, name: 'year', minimum: 0, maximum: 9999 },
  { prefix: '-', layout: '01', digits: 2, name: 'month', minimum: 1, maximum: 12 },
  // Days are looked at when the month is known.
  { prefix: '-', layout: '02', digits: 2, name: 'day', minimum: 0, maximum: 99 },
  { prefix: 'T', layout: '15', digits: 2, name: 'hour', minimum: 0, maximum: 23 },
  { prefix: ':', layout: '04', digits: 2, name: 'minute', minimum: 0, maximum: 59 },
  { prefix: ':', layout: '05', digits: 2, name: 'second', minimum: 0, maximum: 59 },
];

/** Of a text that is no date (`2006-01-02`). */
export const dateProblem = (text: string): string => problem(text, elements.slice(0, 3));

/** Of a text that is no time without a zone (`2006-01-02T15:04:05`). */
export const dateTimeProblem = (text: string): string => problem(text, elements);

function problem(text: string, wanted: readonly Element[]): string {
  const layout = wanted.map((element) => element.prefix + element.layout).join('');
  const at = `parsing time ${goQuote(text)}`;
  let rest = text;
  for (const { prefix, layout: part, digits, name, minimum, maximum } of wanted) {
    if (!rest.startsWith(prefix)) return `${at} as ${goQuote(layout)}: cannot parse ${goQuote(rest)} as ${goQuote(prefix)}`;
    rest = rest.slice(prefix.length);
    const value = rest.slice(0, digits);
    if (value.length < digits || /\D/.test(value)) return `${at} as ${goQuote(layout)}: cannot parse ${goQuote(rest)} as ${goQuote(part)}`;
    if (Number(value) < minimum || Number(value) > maximum) return `${at}: ${name} out of range`;
    rest = rest.slice(digits);
    if (name === 'second') rest = rest.replace(/^[.,]\d+/, '');
  }
  return rest === '' ? `${at}: day out of range` : `${at}: extra text: ${goQuote(rest)}`;
}
