/**
 * How well a text fits a pattern whose letters it must have in their order; undefined when it has not. krew lists plugins whose description scores above zero. The rule
 * is that of the matcher krew uses (github.com/sahilm/fuzzy): points for the first letter of the text, of a word and of a hump, and for letters in a row; a point off
 * for every letter that is passed over, and five for each of the first three before the first match.
 */
export function fuzzyScore(pattern: string, text: string): number | undefined {
  const wanted = Array.from(pattern);
  const candidates = positionsOf(text);
  let total = 0;
  let matched = 0;
  let lastMatch = -1;
  let inARow = 0;
  let best: { readonly score: number; readonly at: number } | undefined;
  for (const [position, { character, at }] of candidates.entries()) {
    const before = candidates[position - 1];
    if (matched < wanted.length && sameLetter(character, wanted[matched]!)) {
      const row = matched > 0 && before?.at === lastMatch ? inARow * 2 + 5 : 0;
      const score = startPoints(character, before?.character) + row;
      inARow += row;
      if (score > (best?.score ?? -1)) best = { score, at };
    }
    // The last fitting place before the next letter's is not always the best one, so the best so far is taken when that one comes, or the end.
    const next = candidates[position + 1];
    const isDue = next === undefined || (wanted[matched + 1] !== undefined && sameLetter(next.character, wanted[matched + 1]!));
    if (!isDue || !best) continue;
    if (matched === 0) total += Math.max(best.at * -5, -15);
    total += best.score;
    lastMatch = best.at;
    matched++;
    best = undefined;
  }
  return matched === wanted.length ? total + matched - Buffer.byteLength(text) : undefined;
}

const separators = new Set('/-_ .\\');

function startPoints(character: string, before: string | undefined): number {
  if (before === undefined) return 10;
  const isHump = /\p{Ll}/u.test(before) && /\p{Lu}/u.test(character);
  return (isHump ? 20 : 0) + (separators.has(before) ? 20 : 0);
}

const sameLetter = (left: string, right: string): boolean => left.toLowerCase() === right.toLowerCase();

/** Characters with where they start, in bytes of UTF-8. */
function positionsOf(text: string): { character: string; at: number }[] {
  let at = 0;
  return Array.from(text, (character) => {
    const start = at;
    at += Buffer.byteLength(character);
    return { character, at: start };
  });
}
