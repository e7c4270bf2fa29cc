import type { FlagDefinition } from '../contract.ts';
import { durationText, parseDuration } from './duration.ts';

type Pairs = Readonly<Record<string, string>>;
export type AnyFlagValue = string | boolean | number | readonly string[] | Pairs;

/** The value of a flag that was not given. */
export function defaultValue(flag: FlagDefinition): AnyFlagValue {
  if (flag.default !== undefined) return flag.default;
  switch (flag.type) {
    case 'string':
      return '';
    case 'boolean':
      return false;
    case 'list':
    case 'array':
      return [];
    case 'pairs':
      return {};
    default:
      return 0;
  }
}

/** The value after one more occurrence on the command line. Throws with Go's words for what is no such value. `previous` is undefined for the first occurrence. */
export function readValue(flag: FlagDefinition, text: string, previous: AnyFlagValue | undefined): AnyFlagValue {
  switch (flag.type) {
    case 'string':
      return text;
    case 'boolean':
      return booleanOf(text);
    case 'integer':
      return integerOf(text, flag.bits ?? 64);
    case 'float':
      return floatOf(text);
    case 'duration':
      return parseDuration(text);
    case 'list':
      return [...((previous as readonly string[] | undefined) ?? []), ...commaSeparated(text)];
    case 'array':
      return [...((previous as readonly string[] | undefined) ?? []), text];
    case 'pairs':
      return Object.fromEntries([...Object.entries((previous as Pairs | undefined) ?? {}), ...pairsOf(text)]);
    case 'count':
      return text === '+1' ? ((previous as number | undefined) ?? 0) + 1 : integerOf(text, 64);
  }
}

/** What the bare flag means; undefined when it needs a value. */
export const bareValue = (flag: FlagDefinition): string | undefined =>
  flag.bareValue ?? (flag.type === 'boolean' ? 'true' : flag.type === 'count' ? '+1' : undefined);

/** How the default stands in help: strings quoted, lists in brackets. */
export function defaultText(flag: FlagDefinition): string {
  if (flag.defaultText !== undefined) return flag.defaultText;
  const value = defaultValue(flag);
  if (flag.type === 'string') return `'${String(value)}'`;
  if (flag.type === 'duration') return durationText(value as number);
  if (flag.type === 'pairs')
    return `[${Object.entries(value)
      .map((pair) => pair.join('='))
      .join(',')}]`;
  return Array.isArray(value) ? `[${value.join(',')}]` : String(value);
}

/** pflag's StringToString: one pair is taken as it stands, without quotes around it; of more each may be quoted. */
function pairsOf(text: string): [string, string][] {
  const isSingle = text.split('=').length === 2;
  const words = isSingle ? [text.replace(/^"+|"+$/g, '')] : text.includes('=') ? commaSeparated(text) : [text];
  return words.map((word) => {
    const equals = word.indexOf('=');
    if (equals < 0) throw new Error(`${word} must be formatted as key=value`);
    return [word.slice(0, equals), word.slice(equals + 1)];
  });
}

function booleanOf(text: string): boolean {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true;
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text)) return false;
  throw new Error(`strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`);
}

function integerOf(text: string, bits: 32 | 64): number {
  const problem = (what: string): Error => new Error(`strconv.ParseInt: parsing ${JSON.stringify(text)}: ${what}`);
  const match = /^([-+]?)(0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|0[0-7_]*|[1-9][0-9_]*)$/.exec(text);
  if (!match) throw problem('invalid syntax');
  const digits = match[2]!.replaceAll('_', '').replace(/^0(?=[0-7])/, '0o');
  const amount = match[1] === '-' ? -BigInt(digits) : BigInt(digits);
  const end = 2n ** BigInt(bits - 1);
  if (amount < -end || amount >= end) throw problem('value out of range');
  return Number(amount);
}

function floatOf(text: string): number {
  const value = text.trim() === text && text !== '' ? Number(text) : Number.NaN;
  if (Number.isNaN(value)) throw new Error(`strconv.ParseFloat: parsing ${JSON.stringify(text)}: invalid syntax`);
  return value;
}

/** One CSV record: `a,"b,c"` are two values; nothing is none. */
export function commaSeparated(text: string): string[] {
  if (text === '') return [];
  const values: string[] = [];
  const field = /"((?:[^"]|"")*)"(?=,|$)|([^",]*)(?=,|$)/y;
  for (let at = 0; ; at = field.lastIndex + 1) {
    field.lastIndex = at;
    const match = field.exec(text);
    if (!match) throw new Error(`parse error on line 1, column ${at + 1 + text.slice(at).search(/"/)}: bare " in non-quoted-field`);
    values.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (field.lastIndex >= text.length) return values;
  }
}
