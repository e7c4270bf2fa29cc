import type { CommandSummary } from '../contract.ts';
import { isListed } from './find-command.ts';

const largestDistance = 2;

/** Commands that a mistyped word may have meant, as cobra chooses them: two letters apart, begun alike, or named in `suggestFor`. */
export function suggestionsFor(commands: readonly CommandSummary[], word: string): string[] {
  return commands
    .filter(
      (command) =>
        isListed(command) &&
        (editDistance(word.toLowerCase(), command.name.toLowerCase()) <= largestDistance ||
          command.name.toLowerCase().startsWith(word.toLowerCase()) ||
          (command.suggestFor ?? []).some((other) => other.toLowerCase() === word.toLowerCase())),
    )
    .map(({ name }) => name);
}

/** `Did you mean this?` and the suggestions, or nothing. */
export function suggestionText(names: readonly string[]): string {
  return names.length === 0 ? '' : `\n\nDid you mean this?\n${names.map((name) => `\t${name}\n`).join('')}`;
}

/** Levenshtein's. Words past 64 letters count as far apart. */
export function editDistance(left: string, right: string): number {
  if (left.length > 64 || right.length > 64) return Infinity;
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1] ? 0 : 1;
      current.push(Math.min(previous[column]! + 1, current[column - 1]! + 1, previous[column - 1]! + same));
    }
    previous = current;
  }
  return previous[right.length]!;
}
