import type { CommandContext, Completion, FlagTable } from '../../../extension-points/commands/contract.ts';
import { completeResources } from '../../../extension-points/commands/resources/complete-resources.ts';
import type { ResourceSelection } from '../../../extension-points/commands/resources/contract.ts';
import { fileFlags, fileSourcesOf, hasSources } from '../../../extension-points/commands/resources/file-sources.ts';
import { findResources } from '../../../extension-points/commands/resources/find-resources.ts';
import { selectionFlags } from '../../../extension-points/commands/resources/selection-flags.ts';

export const findFlags = { ...fileFlags('with the workloads'), selector: selectionFlags.selector } as const satisfies FlagTable;

interface FindFlags {
  readonly filename: readonly string[];
  readonly kustomize: string;
  readonly recursive: boolean;
  readonly selector: string;
}

export type RolloutContext = Pick<CommandContext, 'args' | 'cluster' | 'program' | 'directory' | 'streams'> & { readonly flags: FindFlags };

/** Throws when the line names nothing. */
export function requireResource({ args, flags }: Pick<RolloutContext, 'args' | 'flags'>): void {
  if (args.length === 0 && !hasSources(fileSourcesOf(flags))) throw new Error('required resource not specified');
}

/** The workloads that the line names. */
export async function findRollouts(context: RolloutContext): Promise<ResourceSelection> {
  const { args, flags, cluster } = context;
  const namespace = cluster.namespace();
  return findResources(context, {
    args,
    files: fileSourcesOf(flags),
    namespace: namespace.name,
    requiresNamespace: namespace.isExplicit,
    labelSelector: flags.selector,
    typeAloneMeansAll: true,
    continuesOnError: true,
    latest: true,
    flattens: true,
  });
}

export const sayNothingFound = ({ cluster, streams }: RolloutContext): void =>
  void streams.stderr.write(`No resources found in ${cluster.namespace().name} namespace.\n`);

const kinds = ['deployment', 'daemonset', 'statefulset'];

/** Completes the types that have rollouts, then their names. */
export const completeRollouts = (
  context: Pick<CommandContext, 'args' | 'cluster'>,
  toComplete: string,
  options: { readonly types?: readonly string[]; readonly takesOne?: boolean } = {},
): Promise<Completion> => completeResources(context, toComplete, { types: kinds, ...options });
