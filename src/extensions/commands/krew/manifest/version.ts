import { goQuote } from '../../../../api/cel/kubernetes/go-quote.ts';
import { parseSemanticVersion, type SemanticVersion } from '../../../../api/cel/kubernetes/semantic-version.ts';

/** Reads a version: `v1.2.3`, perhaps with `-pre` and `+build`. Throws in krew's words. */
export function parseVersion(text: string): SemanticVersion {
  if (!text.startsWith('v')) throw new Error(`version string ${goQuote(text)} not starting with 'v'`);
  const version = parseSemanticVersion(text.slice(1));
  if (typeof version === 'string') throw new Error(`could not parse ${goQuote(text)} as version`);
  return version;
}

export const isOlder = (version: string, than: string): boolean => parseVersion(version).compareTo(parseVersion(than)) < 0;
