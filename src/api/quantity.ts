/**
 * Amounts of resources (`250m`, `1.5Gi`, `1e3`): upstream's `resource.Quantity`. Exact: arithmetic is in whole billionths of a unit.
 * Grammar and canonical form: apimachinery `pkg/api/resource`.
 */
export interface Quantity {
  /** The amount times 10^9. Smaller parts were rounded away from zero, as upstream does. */
  readonly nano: bigint;
  /** How the amount is written: with `k`, `M`, ...; with `Ki`, `Mi`, ...; or with `e3`, `e6`, .... */
  readonly format: QuantityFormat;
}
export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';

/** What the API accepts where a quantity is expected. */
export type QuantityText = string | number;

/** Text that is not a quantity; the message is upstream's. */
export class QuantityError extends Error {
  override readonly name = 'QuantityError';
}

const formatMessage = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const suffixMessage = "unable to parse quantity's suffix";
const numericMessage = 'unable to parse numeric part of quantity';

const nanoPerUnit = 1_000_000_000n;
/** Upstream caps amounts with a binary suffix at the largest 64-bit integer. */
const largest = (2n ** 63n - 1n) * nanoPerUnit;
const decimalExponents: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const binaryExponents: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };
const decimalSuffixes: Readonly<Record<number, string>> = Object.fromEntries(Object.entries(decimalExponents).map(([suffix, exponent]) => [exponent, suffix]));
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const maximumLength = 1_000;
/** Past this an amount means nothing, and big integers would grow without bound. */
const maximumExponent = 400;

const syntax = /^([+-]?)(\d*)(?:\.(\d*))?([eEinumkKMGTP]*[-+]?\d*)$/;

/** Reads a quantity. Throws a `QuantityError` with upstream's text. */
export function parseQuantity(text: QuantityText): Quantity {
  const source = typeof text === 'number' ? String(text) : text;
  const match = source === '' || source.length > maximumLength ? null : syntax.exec(source);
  if (!match) throw new QuantityError(formatMessage);
  const [, sign, whole, fraction = '', suffix] = match;
  const { base, exponent, format } = readSuffix(suffix!);
  // Upstream reads no digits at all as zero (`k` and `-` are amounts), where its 64-bit arithmetic is enough.
  if (whole === '' && fraction === '' && (base === 2 ? exponent > 40 : exponent < -9)) throw new QuantityError(numericMessage);
  const digits = BigInt(`${whole}${fraction}`);
  const amount = base === 2 ? scaleBinary(digits, fraction.length, exponent) : scaleDecimal(digits, exponent - fraction.length + 9);
  const nano = base === 2 && amount > largest ? largest : amount;
  const readFormat = format === 'BinarySI' && nano > 0n && nano < nanoPerUnit ? 'DecimalSI' : format;
  return { nano: sign === '-' ? -nano : nano, format: readFormat };
}

/** Why text is not a quantity, in upstream's words; undefined when it is one. */
export function quantityProblem(text: QuantityText): string | undefined {
  if (typeof text === 'string' && isPlain(text)) return undefined;
  try {
    parseQuantity(text);
    return undefined;
  } catch (error) {
    if (error instanceof QuantityError) return error.message;
    throw error;
  }
}

/** The canonical text: no fraction, no needless digits, the largest suffix that keeps the amount whole. */
export function formatQuantity({ nano, format }: Quantity): string {
  if (nano === 0n) return '0';
  const isWhole = nano % nanoPerUnit === 0n;
  const units = nano / nanoPerUnit;
  if (format === 'BinarySI' && isWhole && (units >= 1024n || units <= -1024n)) return formatBinary(units);
  return formatDecimal(nano, format === 'DecimalExponent');
}

/** How the server writes a quantity it has read: `1000m` is `1`, `1024Mi` is `1Gi`; see `isKept` for what stays. Throws a `QuantityError`. */
export function canonicalQuantity(text: QuantityText): string {
  if (typeof text === 'string' && /^[1-9]\d{0,2}(?:[mkMGTP]|[KMGTP]i)?$/.test(text)) return text;
  const quantity = parseQuantity(text);
  return typeof text === 'string' && isKept(text) ? text : formatQuantity(quantity);
}

/** -1, 0 or 1 as `left` is less than, equal to or greater than `right`. */
export const compareQuantities = (left: Quantity, right: Quantity): number => (left.nano < right.nano ? -1 : left.nano > right.nano ? 1 : 0);

/** The sum; written as `left` is, unless `left` is zero. */
export const addQuantities = (left: Quantity, right: Quantity): Quantity => ({
  nano: left.nano + right.nano,
  format: left.nano === 0n ? right.format : left.format,
});

/** The difference; written as `left` is, unless `left` is zero. */
export const subtractQuantities = (left: Quantity, right: Quantity): Quantity => ({
  nano: left.nano - right.nano,
  format: left.nano === 0n ? right.format : left.format,
});

/** A quantity of whole units. Throws a RangeError for a number that is not an integer. */
export const quantityOf = (units: number | bigint, format: QuantityFormat = 'DecimalSI'): Quantity => ({ nano: BigInt(units) * nanoPerUnit, format });

/** A quantity of whole thousandths. Throws a RangeError for a number that is not an integer. */
export const quantityOfMilli = (milli: number | bigint, format: QuantityFormat = 'DecimalSI'): Quantity => ({ nano: BigInt(milli) * 1_000_000n, format });

/** Rounds away from zero to a power of ten: -3 keeps thousandths. Upstream stores resource lists at that scale. */
export function roundUpQuantity(quantity: Quantity, scale: number): Quantity {
  const unit = 10n ** BigInt(scale + 9);
  return quantity.nano % unit === 0n ? quantity : { nano: roundedUpQuotient(quantity.nano, unit) * unit, format: quantity.format };
}

/** Whole units, rounded up. Exact up to 2^53. Throws a `QuantityError`. */
export function quantityValue(text: QuantityText): number {
  const quick = readPlain(text);
  if (quick >= 0) return quick % 1 === 0 ? quick : Math.ceil(quick);
  return Number(roundedUpQuotient(parseQuantity(text).nano, nanoPerUnit));
}

/** Thousandths, rounded up: `quantityMilliValue('1.5')` is 1500. Exact up to 2^53. Throws a `QuantityError`. */
export function quantityMilliValue(text: QuantityText): number {
  const quick = readPlain(text);
  // A plain amount is a whole number of units or of thousandths: both are exact here.
  if (quick >= 0 && quick < 9e12) return Math.round(quick * 1000);
  return Number(roundedUpQuotient(parseQuantity(text).nano, 1_000_000n));
}

function readSuffix(suffix: string): { base: 2 | 10; exponent: number; format: QuantityFormat } {
  const decimal = decimalExponents[suffix];
  if (decimal !== undefined) return { base: 10, exponent: decimal, format: 'DecimalSI' };
  const binary = binaryExponents[suffix];
  if (binary !== undefined) return { base: 2, exponent: binary, format: 'BinarySI' };
  if (!/^[eE][-+]?\d+$/.test(suffix)) throw new QuantityError(suffixMessage);
  const exponent = Number(suffix.slice(1));
  if (Math.abs(exponent) >= 2 ** 63) throw new QuantityError(suffixMessage);
  if (exponent > maximumExponent) throw new QuantityError(numericMessage);
  return { base: 10, exponent: Math.max(exponent, -maximumExponent - maximumLength), format: 'DecimalExponent' };
}

const scaleDecimal = (digits: bigint, exponent: number): bigint =>
  exponent >= 0 ? digits * 10n ** BigInt(exponent) : roundedUpQuotient(digits, 10n ** BigInt(-exponent));

const scaleBinary = (digits: bigint, fractionDigits: number, exponent: number): bigint =>
  roundedUpQuotient(digits * 2n ** BigInt(exponent) * nanoPerUnit, 10n ** BigInt(fractionDigits));

/**
 * Whether upstream keeps the text it read in place of the canonical one: `+3T`, `007` and `1E3` stay. So it is with amounts that its 64-bit
 * arithmetic holds, at a scale that has a suffix, whose last digits could not move into a larger one.
 */
function isKept(text: string): boolean {
  const match = text.length > 40 ? null : syntax.exec(text);
  if (!match) return false;
  const [, , zeroed = '', fraction = '', suffix = ''] = match;
  const whole = zeroed.replace(/^0+/, '') || '0';
  const { base, exponent } = readSuffix(suffix);
  const digits = `${whole}${fraction}`;
  if (base === 2) return fraction === '' && 15 - whole.length - Math.trunc(exponent * 0.3) - 1 >= 0 && (BigInt(whole) & 7n) !== 0n;
  const scale = exponent - fraction.length;
  return digits.length <= 18 && scale >= -9 && scale % 3 === 0 && !digits.endsWith('000') && !digits.startsWith('0');
}

function roundedUpQuotient(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  if (dividend % divisor === 0n) return quotient;
  return dividend > 0n ? quotient + 1n : quotient - 1n;
}

function formatBinary(units: bigint): string {
  let mantissa = units;
  let power = 0;
  while (power < 6 && mantissa % 1024n === 0n) {
    mantissa /= 1024n;
    power++;
  }
  return `${mantissa}${binarySuffixes[power]}`;
}

function formatDecimal(nano: bigint, withExponent: boolean): string {
  let mantissa = nano;
  let exponent = -9;
  while (mantissa % 1000n === 0n && (withExponent || exponent < 18)) {
    mantissa /= 1000n;
    exponent += 3;
  }
  if (withExponent) return exponent === 0 ? `${mantissa}` : `${mantissa}e${exponent}`;
  return `${mantissa}${decimalSuffixes[exponent]}`;
}

const isPlain = (text: string): boolean => readPlain(text) >= 0;

/** The amount of the forms that nearly all manifests use (digits, then nothing, `m`, or `Ki` to `Gi`), without big integers; -1 for any other. */
function readPlain(text: QuantityText): number {
  if (typeof text === 'number') return Number.isSafeInteger(text) && text >= 0 ? text : -1;
  let amount = 0;
  let at = 0;
  for (; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) break;
    amount = amount * 10 + digit;
  }
  if (at === 0 || at > 9) return -1;
  if (at === text.length) return amount;
  if (at + 1 === text.length && text[at] === 'm') return amount / 1000;
  if (at + 2 !== text.length || text[at + 1] !== 'i') return -1;
  const unit = text[at];
  return unit === 'K' ? amount * 1024 : unit === 'M' ? amount * 1_048_576 : unit === 'G' && at <= 6 ? amount * 1_073_741_824 : -1;
}
