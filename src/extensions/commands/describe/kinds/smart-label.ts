const acronyms = new Set(['API', 'URL', 'UID', 'GUID']);
const isUpper = (text: string): boolean => /^\p{Lu}/u.test(text);

/** A field's name in words: `matchLabels` is `Match Labels`, `apiVersion` is `API Version`. A name with anything but letters and dashes stays. */
export function smartLabel(name: string): string {
  if (/[^\p{L}-]/u.test(name)) return name;
  return merged(wordsOf(name))
    .map((word) => {
      const upper = word.toUpperCase();
      if (acronyms.has(upper)) return upper;
      return word.toLowerCase() === word ? titleCase(word) : word;
    })
    .join(' ');
}

/** Runs of small letters, of capitals, and of neither; the last capital before small ones begins their word. */
function wordsOf(name: string): string[] {
  const runs = name.match(/\p{Ll}+|\p{Lu}+|[^\p{Ll}\p{Lu}]+/gu) ?? [];
  for (let at = 0; at < runs.length - 1; at++) {
    if (!isUpper(runs[at]!) || !/^\p{Ll}/u.test(runs[at + 1]!)) continue;
    const letters = [...runs[at]!];
    runs[at + 1] = letters.pop()! + runs[at + 1]!;
    runs[at] = letters.join('');
  }
  return runs.filter((run) => run !== '');
}

/** Several capitals and the word behind them are one: `URLPath`. */
function merged(words: readonly string[]): string[] {
  const result: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const next = words[at + 1];
    if ([...words[at]!].length >= 2 && !/\p{Ll}|[^\P{L}\p{Lu}]/u.test(words[at]!) && next !== undefined && isUpper(next))
      result.push(words[at]! + words[++at]!);
    else result.push(words[at]!);
  }
  return result;
}

/** Every run of letters begins with a capital. */
const titleCase = (word: string): string => word.replace(/\p{L}+/gu, (letters) => letters.charAt(0).toUpperCase() + letters.slice(1).toLowerCase());
