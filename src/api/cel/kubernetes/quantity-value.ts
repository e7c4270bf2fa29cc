/** Amounts (`kubernetes.Quantity`) with the arithmetic of upstream's `resource.Quantity`. */
import { formatQuantity, parseQuantity, QuantityError, type QuantityFormat } from '../../quantity.ts';
import { opaqueType } from '../types.ts';
import { EvaluationError, maximumInt, minimumInt, OpaqueValue } from '../values.ts';

export const quantityType = opaqueType('kubernetes.Quantity');

/**
 * An amount is `value * 10^scale`. Upstream holds most amounts in 64 bits and a scale, and what does not fit as a decimal of any length; the two answer
 * differently whether they are integers.
 */
export class QuantityValue extends OpaqueValue {
  override readonly type = quantityType;
  readonly #value: bigint;
  readonly #scale: number;
  readonly #isLong: boolean;
  readonly #format: QuantityFormat;

  constructor(value: bigint, scale: number, isLong: boolean, format: QuantityFormat) {
    super();
    this.#value = value;
    this.#scale = scale;
    this.#isLong = isLong;
    this.#format = format;
  }

  get sign(): -1 | 0 | 1 {
    return this.#value < 0n ? -1 : this.#value > 0n ? 1 : 0;
  }

  /** The amount as an int when upstream's short form gives one without dividing: `1k`, but not `1000m`. */
  get integer(): bigint | undefined {
    if (this.#isLong || this.#scale < 0) return undefined;
    const units = this.#value * 10n ** BigInt(this.#scale);
    return fits(units) ? units : undefined;
  }

  get approximateFloat(): number {
    const units = Number(this.#value);
    if (this.#scale === 0) return units;
    return this.#scale > 0 ? units * Number(`1e${this.#scale}`) : units * (1 / Number(`1e${-this.#scale}`));
  }

  compareTo(other: QuantityValue): -1 | 0 | 1 {
    const [left, right] = this.#aligned(other);
    return left < right ? -1 : left > right ? 1 : 0;
  }

  override equals(other: OpaqueValue): boolean {
    return other instanceof QuantityValue && this.compareTo(other) === 0;
  }

  add(other: QuantityValue): QuantityValue {
    const format = this.#value === 0n ? other.#format : this.#format;
    if (!this.#isLong && !other.#isLong) {
      if (other.#value === 0n) return new QuantityValue(this.#value, this.#scale, false, format);
      if (this.#value === 0n) return new QuantityValue(other.#value, other.#scale, false, format);
    }
    const [left, right] = this.#aligned(other);
    const isLong = this.#isLong || other.#isLong || !fits(left) || !fits(right) || !fits(left + right);
    return new QuantityValue(left + right, Math.min(this.#scale, other.#scale), isLong, format);
  }

  subtract(other: QuantityValue): QuantityValue {
    return this.add(new QuantityValue(-other.#value, other.#scale, other.#isLong, other.#format));
  }

  /** The canonical text. */
  override toString(): string {
    const scale = this.#scale + 9;
    return formatQuantity({ nano: scale >= 0 ? this.#value * 10n ** BigInt(scale) : this.#value / 10n ** BigInt(-scale), format: this.#format });
  }

  /** The values of both at the lower scale. */
  #aligned(other: QuantityValue): readonly [bigint, bigint] {
    const difference = this.#scale - other.#scale;
    if (difference >= 0) return [this.#value * 10n ** BigInt(difference), other.#value];
    return [this.#value, other.#value * 10n ** BigInt(-difference)];
  }
}

const fits = (value: bigint): boolean => value >= minimumInt && value <= maximumInt;

/** A quantity of whole units, as `add` and `sub` make of an int. */
export const quantityOfInt = (units: number | bigint): QuantityValue => new QuantityValue(BigInt(units), 0, false, 'DecimalExponent');

const maximumShortDigits = 18;
const parts = /^[+-]?0*(\d*)(?:\.(\d*))?([A-Za-z]*)([-+]?\d*)$/;

/** Reads a quantity. Throws an EvaluationError with upstream's text. */
export function readQuantity(text: string): QuantityValue {
  const { nano, format } = parsed(text);
  const [, whole = '', fraction = '', letters = '', exponentDigits = ''] = parts.exec(text) ?? [];
  const digits = `${whole === '' ? '0' : whole}${fraction}`;
  const sign = nano < 0n ? -1n : 1n;
  if (format === 'BinarySI' && isShortBinary(digits, fraction, letters)) {
    const value = BigInt(digits) << BigInt(binaryExponent(letters));
    if (fits(value)) return new QuantityValue(sign * value, 0, false, format);
  }
  if (format === 'BinarySI' || letters.length > 1) return new QuantityValue(nano, -9, true, format);
  const scale = (format === 'DecimalExponent' ? Number(exponentDigits) : decimalExponent(letters)) - fraction.length;
  if (scale < -9) return new QuantityValue(nano, -9, true, format);
  const value = sign * BigInt(digits);
  if (digits.length <= maximumShortDigits) return new QuantityValue(value, scale, false, format);
  return new QuantityValue(value * 10n ** BigInt(scale + 9), -9, true, format);
}

function parsed(text: string): ReturnType<typeof parseQuantity> {
  try {
    return parseQuantity(text);
  } catch (error) {
    if (error instanceof QuantityError) throw new EvaluationError(error.message);
    throw error;
  }
}

/** Suffixes from billionths on, a step of a thousand each; the space stands for none. */
const decimalExponent = (letters: string): number => 3 * 'num kMGTPE'.indexOf(letters === '' ? ' ' : letters) - 9;

const binaryExponent = (letters: string): number => 10 * (1 + 'KMGTPE'.indexOf(letters[0] ?? ''));

/** Upstream's guess whether the amount fits 64 bits. */
function isShortBinary(digits: string, fraction: string, letters: string): boolean {
  return fraction === '' && 15 - digits.length - Math.trunc((binaryExponent(letters) * 3) / 10) - 1 >= 0;
}
