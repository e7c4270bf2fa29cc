/** The characters for which Go's `%q` has a short escape, whatever quotes stand around them; the quotes themselves are the caller's matter (strconv.Quote). */
export const goEscapes: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
};
