import { lstatSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The paths under a folder that fit a pattern, by name: `*`, `?`, `[a-z]`, `[^a-z]` and `\` within one part of a path, as Go's `filepath.Glob` has them. Dots at the
 * start of names are nothing special. Throws for a pattern that is none.
 */
export function glob(directory: string, pattern: string): string[] {
  return pattern.split('/').reduce((found, part) => found.flatMap((parent) => namesIn(parent, part).map((name) => join(parent, name))), [directory]);
}

function namesIn(directory: string, part: string): string[] {
  if (!/[*?[\\]/.test(part)) return lstatSync(join(directory, part), { throwIfNoEntry: false }) ? [part] : [];
  const expression = expressionOf(part);
  if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(directory)
    .filter((name) => expression.test(name))
    .sort();
}

const specials = /\*|\?|\\.|\[\^?(?:\\.|[^\]\\])+\]|./gsu;

function expressionOf(part: string): RegExp {
  let source = '';
  for (const [token] of part.matchAll(specials)) {
    if (token === '*') source += '[^]*';
    else if (token === '?') source += '[^]';
    else if (token.length > 1 && token.startsWith('[')) source += characterClass(token);
    else if (token === '[' || token === '\\') throw new Error('syntax error in pattern');
    else source += RegExp.escape(token.startsWith('\\') ? token.slice(1) : token);
  }
  return new RegExp(`^${source}$`, 'u');
}

function characterClass(token: string): string {
  const isNegated = token.startsWith('[^');
  let ranges = '';
  for (const [, low = '', high] of token.slice(isNegated ? 2 : 1, -1).matchAll(/(\\.|[^\\])(?:-(\\.|[^\\]))?/gsu)) ranges += range(low, high);
  if (ranges === '') throw new Error('syntax error in pattern');
  return `[${isNegated ? '^' : ''}${ranges}]`;
}

function range(low: string, high: string | undefined): string {
  const [from, to] = [low, high ?? low].map((character) => (character.startsWith('\\') ? character.slice(1) : character).codePointAt(0)!) as [number, number];
  if (from > to) throw new Error('syntax error in pattern');
  return `\\u{${from.toString(16)}}-\\u{${to.toString(16)}}`;
}
