/** Semantic versions (`kubernetes.Semver`), read and compared as upstream's library does (semver.org 2.0, without tolerance unless asked for). */
import { opaqueType } from '../types.ts';
import { OpaqueValue } from '../values.ts';
import { goQuote } from './go-quote.ts';

export const semverType = opaqueType('kubernetes.Semver');

export class SemanticVersion extends OpaqueValue {
  override readonly type = semverType;
  readonly major: bigint;
  readonly minor: bigint;
  readonly patch: bigint;
  /** Numeric identifiers are bigints. */
  readonly preRelease: readonly (string | bigint)[];
  readonly build: readonly string[];

  constructor(numbers: readonly [bigint, bigint, bigint], preRelease: readonly (string | bigint)[], build: readonly string[]) {
    super();
    [this.major, this.minor, this.patch] = numbers;
    this.preRelease = preRelease;
    this.build = build;
  }

  /** Builds do not count. */
  override equals(other: OpaqueValue): boolean {
    return other instanceof SemanticVersion && this.compareTo(other) === 0;
  }

  compareTo(other: SemanticVersion): -1 | 0 | 1 {
    return (
      compare(this.major, other.major) ||
      compare(this.minor, other.minor) ||
      compare(this.patch, other.patch) ||
      comparePreReleases(this.preRelease, other.preRelease)
    );
  }

  override toString(): string {
    const preRelease = this.preRelease.length > 0 ? `-${this.preRelease.join('.')}` : '';
    const build = this.build.length > 0 ? `+${this.build.join('.')}` : '';
    return `${this.major}.${this.minor}.${this.patch}${preRelease}${build}`;
  }
}

/** Reads a version. Answers why when the text is none, in upstream's words. */
export function parseSemanticVersion(text: string): SemanticVersion | string {
  if (text === '') return 'Version string empty';
  const [major, minor, rest] = splitVersion(text);
  if (major === undefined || minor === undefined || rest === undefined) return 'No Major.Minor.Patch elements found';
  const [beforeBuild, buildText] = cut(rest, '+');
  const [patch, preReleaseText] = cut(beforeBuild, '-');
  for (const [part, name] of [[major, 'Major'] as const, [minor, 'Minor'] as const, [patch, 'Patch'] as const]) {
    const problem = numberProblem(part, `${name.toLowerCase()} number`, `${name} number`);
    if (problem !== undefined) return problem;
  }
  const preRelease = preReleaseText?.split('.') ?? [];
  const build = buildText?.split('.') ?? [];
  const problem = preReleaseProblem(preRelease) ?? buildProblem(build);
  if (problem !== undefined) return problem;
  return new SemanticVersion(
    [BigInt(major), BigInt(minor), BigInt(patch)],
    preRelease.map((part) => (/^\d+$/.test(part) ? BigInt(part) : part)),
    build,
  );
}

/**
 * Reads a version that may lack its minor and patch numbers and may have a `v` in front or zeros before its numbers.
 * Answers why when the text is none, in upstream's words.
 */
export function parseTolerantVersion(text: string): SemanticVersion | string {
  const parts = splitVersion(text.replace(/^v/, '')).map(withoutLeadingZeros);
  if (parts.length < 3 && /[+-]/.test(parts[parts.length - 1]!)) return 'short version cannot contain PreRelease/Build meta data';
  while (parts.length < 3) parts.push('0');
  return parseSemanticVersion(parts.join('.'));
}

/** Of a part of two and more bytes: zeros before a digit go, and one stands before what is no digit. */
function withoutLeadingZeros(part: string): string {
  if (Buffer.byteLength(part) < 2) return part;
  const rest = part.replace(/^0+/, '');
  return /^\d/.test(rest) ? rest : `0${rest}`;
}

/** At most three parts: the last holds what is left. */
function splitVersion(text: string): string[] {
  const [major, minor, ...rest] = text.split('.');
  const parts = [major!];
  if (minor !== undefined) parts.push(minor);
  if (rest.length > 0) parts.push(rest.join('.'));
  return parts;
}

function cut(text: string, separator: string): readonly [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function numberProblem(text: string, inText: string, atStart: string): string | undefined {
  if (/\D/.test(text)) return `Invalid character(s) found in ${inText} ${goQuote(text)}`;
  if (/^0./.test(text)) return `${atStart} must not contain leading zeroes ${goQuote(text)}`;
  if (text === '') return 'strconv.ParseUint: parsing "": invalid syntax';
  return rangeProblem(text);
}

const rangeProblem = (digits: string): string | undefined =>
  digits.length > 20 || BigInt(digits) >= 2n ** 64n ? `strconv.ParseUint: parsing ${goQuote(digits)}: value out of range` : undefined;

function preReleaseProblem(parts: readonly string[]): string | undefined {
  for (const part of parts) {
    if (part === '') return 'Prerelease is empty';
    if (/[^0-9A-Za-z-]/.test(part)) return `Invalid character(s) found in prerelease ${goQuote(part)}`;
    if (!/^\d+$/.test(part)) continue;
    if (/^0./.test(part)) return `Numeric PreRelease version must not contain leading zeroes ${goQuote(part)}`;
    const problem = rangeProblem(part);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function buildProblem(parts: readonly string[]): string | undefined {
  for (const part of parts) {
    if (part === '') return 'Build meta data is empty';
    if (/[^0-9A-Za-z-]/.test(part)) return `Invalid character(s) found in build meta data ${goQuote(part)}`;
  }
  return undefined;
}

const compare = <T extends string | bigint>(left: T, right: T): -1 | 0 | 1 => (left < right ? -1 : left > right ? 1 : 0);

/** A version before its release is less than it; numbers are less than words; of two that start alike the longer is greater. */
function comparePreReleases(left: readonly (string | bigint)[], right: readonly (string | bigint)[]): -1 | 0 | 1 {
  if (left.length === 0 || right.length === 0) return left.length === right.length ? 0 : left.length === 0 ? 1 : -1;
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    const [mine, its] = [left[at]!, right[at]!];
    if (typeof mine !== typeof its) return typeof mine === 'bigint' ? -1 : 1;
    const order = compare(mine, its);
    if (order !== 0) return order;
  }
  return left.length < right.length ? -1 : left.length > right.length ? 1 : 0;
}
