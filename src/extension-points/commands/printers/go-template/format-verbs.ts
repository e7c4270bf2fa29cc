import { floatText } from '../../../../api/go-numbers.ts';
import { goQuoted, goSyntax } from '../go-syntax.ts';
import { goText } from '../go-values.ts';

const verb = /%([-+# 0]*)(\d+|\*)?(?:\.(\d+|\*)?)?([a-zA-Z%])?/g;
const maximumWidth = 1_000_000;

/** Go's `fmt.Sprintf` for the values that JSON has. Wrong verbs and counts read as Go writes them: `%!d(string=x)`, `%!s(MISSING)`. */
export function sprintf(format: string, args: readonly unknown[]): string {
  let next = 0;
  const text = format.replace(verb, (whole, flags: string, widthText: string | undefined, precisionText: string | undefined, letter: string | undefined) => {
    if (letter === '%') return '%';
    const number = (given: string | undefined): number | undefined => (given === undefined ? undefined : given === '*' ? Number(args[next++]) : Number(given));
    const width = number(widthText);
    const precision = whole.includes('.') ? (number(precisionText) ?? 0) : undefined;
    if (letter === undefined) return '%!(NOVERB)';
    if (next >= args.length) return `%!${letter}(MISSING)`;
    return pad(formatValue(args[next++], letter, flags, precision), Math.min(width ?? 0, maximumWidth), flags);
  });
  const extra = args.slice(next);
  return extra.length === 0 ? text : `${text}%!(EXTRA ${extra.map((value) => `${typeName(value)}=${goText(value)}`).join(', ')})`;
}

/** Go's name for the type of a JSON value. */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  return Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}';
}

function formatValue(value: unknown, letter: string, flags: string, precision: number | undefined): string {
  const wrong = (): string => (value === null || value === undefined ? `%!${letter}(<nil>)` : `%!${letter}(${typeName(value)}=${goText(value)})`);
  if (letter === 'v') return flags.includes('#') ? goSyntax(value) : goText(value);
  if (letter === 'T') return typeName(value);
  if (Array.isArray(value)) return `[${value.map((item) => formatValue(item, letter, flags, precision)).join(' ')}]`;
  if (typeof value === 'string') return formatString(value, letter, flags, precision) ?? wrong();
  if (typeof value === 'boolean') return letter === 't' ? String(value) : wrong();
  if (typeof value === 'number')
    return (Number.isInteger(value) ? formatInteger(value, letter, flags) : undefined) ?? formatFloat(value, letter, flags, precision) ?? wrong();
  return wrong();
}

function formatString(value: string, letter: string, flags: string, precision: number | undefined): string | undefined {
  const cut = precision === undefined ? value : [...value].slice(0, precision).join('');
  if (letter === 's') return cut;
  if (letter === 'q') return goQuoted(cut);
  if (letter === 'x' || letter === 'X') {
    const text = Buffer.from(cut).toString('hex');
    return (flags.includes('#') ? '0x' : '') + (letter === 'X' ? text.toUpperCase() : text);
  }
  return undefined;
}

const bases: Readonly<Record<string, readonly [base: number, prefix: string]>> = {
  d: [10, ''],
  b: [2, '0b'],
  o: [8, '0'],
  O: [8, '0o'],
  x: [16, '0x'],
  X: [16, '0X'],
};

function formatInteger(value: number, letter: string, flags: string): string | undefined {
  if (letter === 'c') return String.fromCodePoint(value);
  if (letter === 'q') return `'${String.fromCodePoint(value)}'`;
  if (letter === 'U') return `U+${value.toString(16).toUpperCase().padStart(4, '0')}`;
  const base = bases[letter];
  if (!base) return undefined;
  const digits = Math.abs(value).toString(base[0]);
  const prefix = letter === 'O' || flags.includes('#') ? base[1] : '';
  return sign(value, flags) + prefix + (letter === 'X' ? digits.toUpperCase() : digits);
}

/** Whole numbers are int64 to Go, which knows no `%f` for them. */
function formatFloat(value: number, letter: string, flags: string, precision: number | undefined): string | undefined {
  if (Number.isInteger(value)) return undefined;
  const amount = Math.abs(value);
  if (letter === 'f' || letter === 'F') return sign(value, flags) + amount.toFixed(precision ?? 6);
  if (letter === 'e' || letter === 'E') {
    const text = amount.toExponential(precision ?? 6).replace(/e([-+])(\d)$/, 'e$10$2');
    return sign(value, flags) + (letter === 'E' ? text.toUpperCase() : text);
  }
  return letter === 'g' || letter === 'G' ? sign(value, flags) + floatText(amount) : undefined;
}

const sign = (value: number, flags: string): string => (value < 0 ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '');

function pad(text: string, width: number, flags: string): string {
  const missing = width - [...text].length;
  if (missing <= 0) return text;
  if (flags.includes('-')) return text + ' '.repeat(missing);
  if (flags.includes('0')) return /^[-+]/.test(text) ? text[0]! + '0'.repeat(missing) + text.slice(1) : '0'.repeat(missing) + text;
  return ' '.repeat(missing) + text;
}
