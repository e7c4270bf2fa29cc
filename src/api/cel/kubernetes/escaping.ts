/** Names of properties as expressions write them: `metadata.my-name` is `metadata.my__dash__name`. */

const reservedWords: ReadonlySet<string> = new Set([
  ...['true', 'false', 'null', 'in', 'as', 'break', 'const', 'continue', 'else', 'for', 'function', 'if', 'import', 'let', 'loop', 'package', 'namespace'],
  ...['return', 'var', 'void', 'while'],
]);

const escapes: Readonly<Record<string, string>> = { __: '__underscores__', '.': '__dot__', '-': '__dash__', '/': '__slash__' };
const unescapes = new Map(Object.entries(escapes).map(([text, escaped]) => [escaped.slice(2, -2), text]));

/** Whether CEL's lexer keeps the word for itself. */
export const isReservedWord = (word: string): boolean => reservedWords.has(word);

/** The identifier that stands for a property; undefined when expressions cannot reach it: it is empty, starts with a digit, or holds other characters. */
export function escapePropertyName(name: string): string | undefined {
  if (reservedWords.has(name)) return `__${name}__`;
  if (!/^[A-Za-z_./-][A-Za-z0-9_./-]*$/.test(name)) return undefined;
  return name.replace(/__|[./-]/g, (found) => escapes[found] ?? found);
}

/** The property that an identifier stands for; undefined when an escape in it is none. */
export function unescapePropertyName(identifier: string): string | undefined {
  let isEscaped = true;
  const name = identifier.replace(/__([^_]+)__/g, (found, inner: string) => {
    const text = unescapes.get(inner);
    if (text !== undefined) return text;
    if (!reservedWords.has(inner) || found.length !== identifier.length) isEscaped = false;
    return inner;
  });
  return isEscaped ? name : undefined;
}
