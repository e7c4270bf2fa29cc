import { union } from './field-tree.ts';
import { identityOf, type Manager } from './managers.ts';

const maximumUpdateManagers = 10;
const bucketName = 'ancient-changes';

/** Joins the oldest entries of operation Update, by version, until no more than ten are left (upstream's capManagersManager). */
export function capManagers(managers: readonly Manager[]): readonly Manager[] {
  const updaters = managers.filter(({ operation }) => operation === 'Update');
  let excess = updaters.length - maximumUpdateManagers;
  if (excess <= 0) return managers;
  const byIdentity = new Map(managers.map((manager) => [identityOf(manager), manager]));
  const firstOfVersion = new Map<string, Manager>();
  for (const manager of updaters.sort(oldestFirst)) {
    if (excess <= 0) break;
    const { apiVersion, time } = manager;
    const first = firstOfVersion.get(apiVersion);
    if (!first) {
      firstOfVersion.set(apiVersion, manager);
      continue;
    }
    const bucket = { name: bucketName, operation: 'Update', apiVersion, subresource: '' } as const;
    const identity = identityOf(bucket);
    const before = byIdentity.get(identity) ?? first;
    byIdentity.delete(identityOf(first));
    byIdentity.delete(identityOf(manager));
    byIdentity.set(identity, { ...bucket, time, fields: union(before.fields, manager.fields) });
    excess--;
  }
  return [...byIdentity.values()];
}

const oldestFirst = (left: Manager, right: Manager): number =>
  compareTexts(left.time ?? '', right.time ?? '') || compareTexts(identityOf(left), identityOf(right));

const compareTexts = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);
