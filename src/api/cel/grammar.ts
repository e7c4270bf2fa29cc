/** Tables of the grammar (cel-spec, "Syntax"). */

/** Words that are no identifiers. */
export const reserved = new Set(
  'as break const continue else false for function if import in let loop package namespace null return true var void while'.split(' '),
);

/** Binary operators, from the weakest, and the functions that they are. */
export const relations: Readonly<Record<string, string>> = { '<': '_<_', '<=': '_<=_', '>=': '_>=_', '>': '_>_', '==': '_==_', '!=': '_!=_', in: '@in' };
export const sums: Readonly<Record<string, string>> = { '+': '_+_', '-': '_-_' };
export const products: Readonly<Record<string, string>> = { '*': '_*_', '/': '_/_', '%': '_%_' };

const literalStart = "'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";
/** What may start an expression, as upstream's messages list it. */
export const expressionStart = `{'[', '{', '(', '.', '-', '!', ${literalStart}`;
export const argumentStart = `{'[', '{', '(', ')', '.', '-', '!', ${literalStart}`;
export const indexStart = `{'[', '{', '(', '.', '-', '!', '?', ${literalStart}`;
