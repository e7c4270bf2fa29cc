import type { Discovery, ServedResource } from './contract.ts';

/** One way to read a word: `deployments.v1.apps` is the resource `deployments` in version `v1` of group `apps`, or in group `v1.apps`. */
export interface ResourceWord {
  readonly resource: string;
  readonly version?: string;
  readonly group?: string;
}

/** The readings of `resource`, `resource.group` and `resource.version.group`, the most special first. */
export function wordReadings(word: string): ResourceWord[] {
  const parts = word.split('.');
  const [resource = '', ...rest] = parts;
  const plain: ResourceWord = rest.length === 0 ? { resource } : { resource, group: rest.join('.') };
  return parts.length >= 3 ? [{ resource, version: rest[0]!, group: rest.slice(1).join('.') }, plain] : [plain];
}

/** Every resource, groups in the server's order, preferred versions first. */
export const allResources = (discovery: Discovery): ServedResource[] =>
  discovery.groups.flatMap(({ versions }) => versions.flatMap(({ resources }) => resources));

/** The resource that one of the readings means: by plural or singular name, by short name, then by kind. Undefined when there is none. */
export function findResource(discovery: Discovery, readings: readonly ResourceWord[], onWarning: (text: string) => void): ServedResource | undefined {
  const resources = allResources(discovery);
  for (const reading of readings) {
    const found = byResourceName(resources, reading) ?? byShortName(resources, reading, onWarning);
    if (found) return found;
  }
  for (const reading of readings) {
    const found = byKind(resources, reading);
    if (found) return found;
  }
  return undefined;
}

function byResourceName(resources: readonly ServedResource[], word: ResourceWord): ServedResource | undefined {
  const name = word.resource.toLowerCase();
  return inGroup(
    resources.filter(({ resource, singular }) => resource === name || singular === name),
    word,
  );
}

function byShortName(resources: readonly ServedResource[], word: ResourceWord, onWarning: (text: string) => void): ServedResource | undefined {
  const candidates = resources.filter(({ shortNames, group }) => shortNames.includes(word.resource) && (!word.group || group === word.group));
  const [first] = candidates;
  if (!first) return undefined;
  const others = new Set(candidates.filter((other) => other.group !== first.group || other.resource !== first.resource).map(nameOfResource));
  for (const other of others) onWarning(`short name ${JSON.stringify(word.resource)} could also match lower priority resource ${other}`);
  return byResourceName(resources, { ...word, resource: first.resource, group: first.group });
}

const nameOfResource = ({ group, resource }: ServedResource): string => (group === '' ? resource : `${resource}.${group}`);

function byKind(resources: readonly ServedResource[], word: ResourceWord): ServedResource | undefined {
  return inGroup(
    resources.filter(({ kind }) => kind === word.resource || kind.toLowerCase() === word.resource.toLowerCase()),
    word,
  );
}

/** A group may be shortened as long as it begins right (`autoscal` for `autoscaling`); an exact one counts first. */
function inGroup(resources: readonly ServedResource[], { group, version }: ResourceWord): ServedResource | undefined {
  const inVersion = version === undefined ? resources : resources.filter((resource) => resource.version === version);
  if (group === undefined) return inVersion[0];
  return inVersion.find((resource) => resource.group === group) ?? (group === '' ? undefined : inVersion.find((resource) => resource.group.startsWith(group)));
}
