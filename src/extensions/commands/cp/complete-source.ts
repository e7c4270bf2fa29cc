import { readdirSync } from 'node:fs';
import { pods } from '../../../api/generated/resource-types.ts';
import type { CommandContext, Completion } from '../../../extension-points/commands/contract.ts';
import { completeNames } from '../../../extension-points/commands/resources/complete-resources.ts';
import { listPages } from '../../../extension-points/commands/resources/object-requests.ts';

const namesPerPage = 500;

/** Completes what is copied: `POD:`, `NAMESPACE/` and then `NAMESPACE/POD:`, or a path here, which is the shell's to complete. */
export async function completeSource(
  { args, cluster, directory }: Pick<CommandContext, 'args' | 'cluster' | 'directory'>,
  toComplete: string,
): Promise<Completion> {
  const open: Completion = { choices: [], also: 'files', keepsWordOpen: true };
  if (args.length > 0 || /^[/.~]/.test(toComplete) || toComplete.includes(':')) return open;
  const slash = toComplete.indexOf('/');
  if (slash > 0) return { ...open, choices: await podsIn(cluster, toComplete.slice(0, slash), toComplete) };
  const [namespaces, names] = await Promise.all(['namespaces', 'pods'].map((type) => completeNames({ cluster }, type, toComplete)));
  const choices = [...namespaces!.choices.map((name) => `${name}/`), ...names!.choices.map((name) => `${name}:`)];
  if (toComplete === '') return { ...open, choices: [...choices, './', '/'] };
  return { ...open, choices: choices.length === 0 ? [] : [...choices, ...filesIn(directory, toComplete)] };
}

/** Nothing for a server that does not answer: a message would stand in the middle of the line. */
async function podsIn(cluster: CommandContext['cluster'], namespace: string, toComplete: string): Promise<string[]> {
  try {
    const found: string[] = [];
    for await (const { items } of listPages(cluster.client(), { resource: pods, namespace }, { chunkSize: namesPerPage }))
      found.push(...items.map(({ metadata }) => `${namespace}/${metadata.name}:`).filter((choice) => choice.startsWith(toComplete)));
    return found;
  } catch {
    return [];
  }
}

function filesIn(directory: string, toComplete: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter(({ name }) => name.startsWith(toComplete))
      .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
      .sort();
  } catch {
    return []; // a folder that cannot be read has no files to choose from
  }
}
