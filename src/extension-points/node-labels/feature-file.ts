import { type LabelSet, maximumLabels } from './contract.ts';

/** Larger feature files are not read (NFD `MaxFeatureFileSize`). */
export const maximumFeatureFileBytes = 65_536;

/** What a feature file says, and what of it nobody understands. */
export interface FeatureFile {
  readonly labels: ReadonlyMap<string, { readonly value: string; readonly expiresAt: number | undefined }>;
  readonly problems: readonly string[];
}

const directiveStart = '# +';

/**
 * Reads a feature file: `name[=value]` on each line, with `true` for a missing value. Lines that begin with `#` are comments, but for the directives `# +expiry-time=<RFC 3339>`,
 * which holds for all lines below it, and `# +no-label`, which takes the label of the next line back. A directive that makes no sense changes nothing.
 */
export function parseFeatureFile(text: string): FeatureFile {
  const labels = new Map<string, { value: string; expiresAt: number | undefined }>();
  const problems: string[] = [];
  let expiresAt: number | undefined;
  let isSkipped = false;
  for (const line of text.split('\n').map((raw) => raw.trim())) {
    if (line.startsWith(directiveStart)) {
      const directive = parseDirective(line.slice(directiveStart.length));
      if (directive.kind === 'expiry') expiresAt = directive.at;
      else if (directive.kind === 'no-label') isSkipped = true;
      else if (directive.kind === 'unknown') problems.push(directive.problem);
    } else if (line !== '' && !line.startsWith('#')) {
      const [name, value = 'true'] = cut(line, '=');
      if (isSkipped) labels.delete(name);
      else labels.set(name, { value, expiresAt });
      isSkipped = false;
    }
  }
  return { labels, problems };
}

type Directive =
  | { readonly kind: 'expiry'; readonly at: number }
  | { readonly kind: 'no-label' }
  /** About what NFD's rules see, which are not here. */
  | { readonly kind: 'other' }
  | { readonly kind: 'unknown'; readonly problem: string };

function parseDirective(text: string): Directive {
  const [name, value] = cut(text, '=');
  if (name === 'no-label') return { kind: 'no-label' };
  if (name === 'no-feature') return { kind: 'other' };
  if (name !== 'expiry-time') return { kind: 'unknown', problem: `unknown feature file directive "${name}"` };
  const at = value === undefined ? Number.NaN : parseTime(value.trim());
  return Number.isNaN(at)
    ? { kind: 'unknown', problem: `"${directiveStart}${text}" should be '${directiveStart}expiry-time=<RFC 3339>'` }
    : { kind: 'expiry', at };
}

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:\d\d)$/;
const parseTime = (text: string): number => (rfc3339.test(text) ? Date.parse(text.replace(',', '.')) : Number.NaN);

function cut(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

/**
 * The text of a feature file with these labels. Throws, naming the label, for one that no feature file can hold. Labels without an expiry come first, since that of a
 * line holds for those below it.
 */
export function formatFeatureFile({ labels, expiresAt = {} }: LabelSet): string {
  const expiries = new Map(Object.entries(expiresAt));
  const order = (name: string): number => expiries.get(name) ?? 0;
  const sorted = Object.entries(labels).sort(([left], [right]) => order(left) - order(right) || (left < right ? -1 : 1));
  if (sorted.length > maximumLabels) throw new Error(`${sorted.length} labels are more than ${maximumLabels}`);
  const lines: string[] = [];
  let expiry: number | undefined;
  for (const [name, value] of sorted) {
    const line = `${name}=${value}`;
    if (line !== line.trim() || /[\n\r]/.test(line) || name.startsWith('#') || name.includes('='))
      throw new Error(`label ${JSON.stringify(name)} cannot be written to a file`);
    const next = expiries.get(name);
    if (next !== undefined && next !== expiry) lines.push(`${directiveStart}expiry-time=${new Date(next).toISOString()}`);
    expiry = next;
    lines.push(line);
  }
  return lines.map((line) => `${line}\n`).join('');
}
