import { compilePattern, type Pattern, patternProblem } from '../../../api/pattern.ts';

/** Which requests go through. Each is a list of patterns; one that matches is enough. */
export interface RequestRules {
  readonly acceptPaths: readonly Pattern[];
  readonly rejectPaths: readonly Pattern[];
  readonly acceptHosts: readonly Pattern[];
  readonly rejectMethods: readonly Pattern[];
}

/** Reads patterns with commas between them, in the syntax of RE2. Throws for one that is none. */
export function parsePatterns(text: string): Pattern[] {
  if (text === '') return [];
  return text.split(',').map((source) => {
    const problem = patternProblem(source);
    if (problem !== undefined) throw new Error(problem.startsWith('error parsing regexp') ? problem : `error parsing regexp: ${problem}`);
    return compilePattern(source);
  });
}

const matches = (patterns: readonly Pattern[], text: string): boolean => patterns.some((pattern) => pattern.isFoundIn(text));

/** `host` is the header of that name: web pages of other origins bring another one. */
export function isAccepted(rules: RequestRules, { method, path, host }: { readonly method: string; readonly path: string; readonly host: string }): boolean {
  if (matches(rules.rejectPaths, path) || matches(rules.rejectMethods, method)) return false;
  return matches(rules.acceptPaths, path) && matches(rules.acceptHosts, withoutPort(host));
}

function withoutPort(host: string): string {
  const match = /^(?:\[([^\]]*)\]|([^:]*)):\d*$/.exec(host);
  return match ? (match[1] ?? match[2] ?? '') : host;
}
