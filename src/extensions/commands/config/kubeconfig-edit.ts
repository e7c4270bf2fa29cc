import { existsSync } from 'node:fs';
import { type Kubeconfig, type KubeconfigFiles, loadKubeconfig, readKubeconfig, updateKubeconfig } from '../../../client/kubeconfig.ts';
import type { CommandContext } from '../../../extension-points/commands/contract.ts';

/** The lists of a kubeconfig, and the field of an entry that holds its content. */
export const sections = { clusters: 'cluster', users: 'user', contexts: 'context' } as const;
export type Section = keyof typeof sections;
export type Fields = Record<string, unknown>;

/** All files as one, as they stand: paths in them are not made absolute. */
export const mergedConfig = ({ cluster }: Pick<CommandContext, 'cluster'>): Kubeconfig => loadKubeconfig(cluster.kubeconfig().paths, { keepsPaths: true });

/** Where new things go: the first file that exists, else the last one. */
export function defaultFile({ paths }: KubeconfigFiles): string {
  return paths.find((path) => existsSync(path)) ?? paths.at(-1)!;
}

/** The content of an entry; undefined when there is none of that name. */
export function entryOf(config: Kubeconfig, section: Section, name: string): Fields | undefined {
  const entry = (config[section] as readonly { name: string }[]).find((candidate) => candidate.name === name);
  return entry && ((entry as unknown as Record<string, Fields>)[sections[section]] as Fields);
}

/** Changes an entry in the file that has it, or makes it in the default one. `change` is told which file that is. */
export function editEntry(context: Pick<CommandContext, 'cluster'>, section: Section, name: string, change: (fields: Fields, file: string) => void): void {
  const file = fileOf(context, (config) => entryOf(config, section, name) !== undefined);
  updateKubeconfig(file, (config) => {
    let fields = entryOf(config, section, name);
    if (!fields) {
      fields = {};
      (config[section] as unknown as Fields[]).push({ name, [sections[section]]: fields });
    }
    change(fields, file);
  });
}

/** Gives an entry another name, in the file that has it. */
export function renameEntry(context: Pick<CommandContext, 'cluster'>, section: Section, names: { readonly from: string; readonly to: string }): void {
  updateKubeconfig(
    fileOf(context, (config) => entryOf(config, section, names.from) !== undefined),
    (config) => {
      for (const entry of config[section] as { name: string }[]) if (entry.name === names.from) entry.name = names.to;
    },
  );
}

/** Takes all entries of a kind out of all files. */
export function removeEntries({ cluster }: Pick<CommandContext, 'cluster'>, section: Section): void {
  for (const path of cluster.kubeconfig().paths)
    if (readKubeconfig(path)?.[section].length) updateKubeconfig(path, (config) => void (config[section] as unknown[]).splice(0));
}

/** Takes an entry out of the first file that has it. */
export function removeEntry(context: Pick<CommandContext, 'cluster'>, section: Section, name: string): void {
  updateKubeconfig(
    fileOf(context, (config) => entryOf(config, section, name) !== undefined),
    (config) => {
      const entries = config[section] as { name: string }[];
      entries.splice(0, entries.length, ...entries.filter((entry) => entry.name !== name));
    },
  );
}

/** Sets the current context where one is set already, else in the default file. `''` takes it away in the file that says it. */
export function setCurrentContext(context: Pick<CommandContext, 'cluster'>, name: string): void {
  updateKubeconfig(
    fileOf(context, (config) => Boolean(config['current-context'])),
    (config) => void (config['current-context'] = name),
  );
}

/** The first file for which a question is answered with yes, else the default one. */
function fileOf({ cluster }: Pick<CommandContext, 'cluster'>, has: (config: Kubeconfig) => boolean): string {
  const files = cluster.kubeconfig();
  return files.paths.find((path) => has(readKubeconfig(path) ?? { clusters: [], users: [], contexts: [] })) ?? defaultFile(files);
}
