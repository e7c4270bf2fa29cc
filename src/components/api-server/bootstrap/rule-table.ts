import type { PolicyRule } from '../../../api/generated/rbac-v1.ts';

/**
 * Roles in a table of our own. A line without indentation starts a role: its name, then `>x` for the label that aggregates it to `x` and `<x` for a
 * role that gathers what is aggregated to `x`. An indented line is a rule: verbs, then `group:resources` (`core` is the group without a name, names of
 * single objects follow a `=`) or URL paths. Lists are joined by commas. `read`, `write` and `events` stand for the usual ones.
 */
export interface TabledRole {
  readonly name: string;
  readonly aggregatedTo?: string;
  readonly gathers?: string;
  readonly rules: PolicyRule[];
}

const verbSets: Readonly<Record<string, readonly string[]>> = {
  read: ['get', 'list', 'watch'],
  write: ['create', 'delete', 'deletecollection', 'patch', 'update'],
};
const eventsLine = 'create,patch,update core,events.k8s.io:events';

/** Reads a table. Lists come out sorted, as upstream's rule builder leaves them. */
export function parseRoles(table: string): TabledRole[] {
  const roles: TabledRole[] = [];
  for (const line of table.split('\n')) {
    if (line.trim() === '') continue;
    if (!line.startsWith(' ')) roles.push(parseHeader(line.trim()));
    else roles.at(-1)!.rules.push(parseRule(line.trim()));
  }
  return roles;
}

/** Reads rules alone, one a line. */
export const parseRules = (table: string): PolicyRule[] =>
  table
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map(parseRule);

function parseHeader(line: string): TabledRole {
  const [name, ...marks] = line.split(' ');
  const marked = (sign: string): string | undefined => marks.find((mark) => mark.startsWith(sign))?.slice(1);
  const [aggregatedTo, gathers] = [marked('>'), marked('<')];
  return { name: name!, ...(aggregatedTo ? { aggregatedTo } : {}), ...(gathers ? { gathers } : {}), rules: [] };
}

function parseRule(line: string): PolicyRule {
  const [verbText, target, ...more] = (line === 'events' ? eventsLine : line).split(' ');
  const verbs = verbText!
    .split(',')
    .flatMap((verb) => verbSets[verb] ?? [verb])
    .sort();
  if (target === undefined) throw new Error(`rule table: ${line}: nothing to apply the verbs to`);
  if (!target.includes(':')) return { verbs, nonResourceURLs: [target, ...more].flatMap((urls) => urls.split(',')).sort() };
  const colon = target.indexOf(':');
  const [resources, names] = target.slice(colon + 1).split('=');
  return {
    verbs,
    apiGroups: target
      .slice(0, colon)
      .split(',')
      .map((group) => (group === 'core' ? '' : group))
      .sort(),
    resources: resources!.split(',').sort(),
    ...(names ? { resourceNames: names.split(',') } : {}),
  };
}
