import { compilePattern, type Pattern, patternProblem } from '../pattern.ts';
import type { Schema } from '../schema.ts';
import { hasFormat, knowsFormat } from '../string-formats.ts';
import type { ValidationRun } from './validation-run.ts';

/** Checks texts: lengths in code points, then the pattern, of which the first fault is told; then the format. Answers how many checks applied; undefined stands for one that says nothing. */
export function stringCheck(schema: Schema, format: string): ((text: string, run: ValidationRun) => number) | undefined {
  const { minLength, maxLength, pattern } = schema;
  const isFormat = format !== '' && knowsFormat(format);
  const hasRule = maxLength !== undefined || minLength !== undefined || Boolean(pattern);
  if (!hasRule && !isFormat) return undefined;
  const matcher = lazyPattern(pattern ?? '');
  const rule = (text: string, run: ValidationRun): void => {
    if (maxLength !== undefined && text.length > maxLength && characterCount(text) > maxLength) {
      return run.report('FieldValueTooLong', { detail: `may not be more than ${maxLength} ${maxLength === 1 ? 'byte' : 'bytes'}` });
    }
    if (minLength !== undefined && characterCount(text) < minLength) return refuse(text, run, `should be at least ${minLength} chars long`);
    if (pattern === undefined || pattern === '') return;
    const { compiled, problem } = matcher();
    if (!compiled) refuse(text, run, `should match '${pattern}, but pattern is invalid: ${problem}'`);
    else if (!compiled.isFoundIn(text, run)) refuse(text, run, `should match '${pattern}'`);
  };
  return (text, run) => {
    if (hasRule) rule(text, run);
    if (!isFormat) return 1;
    if (!hasFormat(format, text))
      run.report('FieldValueTypeInvalid', { value: text, detail: `${run.path.text()} in body must be of type ${format}: ${JSON.stringify(text)}` });
    return 2;
  };
}

/** The pattern, compiled when first asked for; or why it cannot be. */
function lazyPattern(source: string): () => { readonly compiled?: Pattern; readonly problem?: string } {
  let known: ReturnType<ReturnType<typeof lazyPattern>> | undefined;
  return () => {
    if (known) return known;
    const problem = patternProblem(source);
    return (known = problem === undefined ? { compiled: compilePattern(source) } : { problem });
  };
}

function refuse(value: string, run: ValidationRun, rule: string): void {
  run.report('FieldValueInvalid', { value, detail: `${run.path.text()} in body ${rule}` });
}

function characterCount(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
