/** Which requests go through. Each is a list of patterns; one that matches is enough. */
export interface RequestRules {
  readonly acceptPaths: readonly RegExp[];
  readonly rejectPaths: readonly RegExp[];
  readonly acceptHosts: readonly RegExp[];
  readonly rejectMethods: readonly RegExp[];
}

/** Reads patterns with commas between them. Throws for one that is none. */
export function parsePatterns(text: string): RegExp[] {
  if (text === '') return [];
  return text.split(',').map((pattern) => {
    try {
      return new RegExp(pattern);
    } catch (error) {
      throw new Error(`error parsing regexp: ${(error as Error).message}`, { cause: error });
    }
  });
}

const matches = (patterns: readonly RegExp[], text: string): boolean => patterns.some((pattern) => pattern.test(text));

/** `host` is the header of that name: web pages of other origins bring another one. */
export function isAccepted(rules: RequestRules, { method, path, host }: { readonly method: string; readonly path: string; readonly host: string }): boolean {
  if (matches(rules.rejectPaths, path) || matches(rules.rejectMethods, method)) return false;
  return matches(rules.acceptPaths, path) && matches(rules.acceptHosts, withoutPort(host));
}

function withoutPort(host: string): string {
  const match = /^(?:\[([^\]]*)\]|([^:]*)):\d*$/.exec(host);
  return match ? (match[1] ?? match[2] ?? '') : host;
}
