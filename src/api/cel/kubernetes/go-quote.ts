/** Text as Go's `%q` shows it in error messages. */
import { goEscapes } from '../../go-escapes.ts';

/** Quotes text: letters, marks, numbers, punctuation, symbols and the space stand for themselves, all else is escaped. */
export function goQuote(text: string): string {
  if (/^[ !#-[\]-~]*$/.test(text)) return `"${text}"`;
  return `"${Array.from(text, quoteCharacter).join('')}"`;
}

function quoteCharacter(character: string): string {
  const short = character === '"' ? '\\"' : goEscapes[character];
  if (short !== undefined) return short;
  if (/[ \p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  // Half of a surrogate pair is no character: Go has read it as the replacement character.
  if (code >= 0xd800 && code <= 0xdfff) return '\ufffd';
  if (code < 0x80) return `\\x${hexadecimal(code, 2)}`;
  return code < 0x1_0000 ? `\\u${hexadecimal(code, 4)}` : `\\U${hexadecimal(code, 8)}`;
}

/** Quotes bytes, given as one character each: what is not UTF-8 is shown byte by byte. */
export function goQuoteBytes(bytes: string): string {
  const text = Buffer.from(bytes, 'latin1').toString('utf8');
  if (!text.includes('\ufffd')) return goQuote(text);
  return `"${Array.from(bytes, (byte) => (byte < '\x80' ? quoteCharacter(byte) : `\\x${hexadecimal(byte.charCodeAt(0), 2)}`)).join('')}"`;
}

const hexadecimal = (code: number, digits: number): string => code.toString(16).padStart(digits, '0');
