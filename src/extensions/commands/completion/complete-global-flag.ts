import type { CommandContext, Completion } from '../../../extension-points/commands/contract.ts';
import { completeResources } from '../../../extension-points/commands/resources/complete-resources.ts';

/** Completes the value of a flag that every command takes; files for those that nothing is known of. */
export async function completeGlobalFlag(context: CommandContext, name: string, begun: string): Promise<Completion> {
  const named = (values: readonly { readonly name: string }[]): Completion => ({
    choices: values.map((value) => value.name).filter((value) => value.startsWith(begun)),
    also: 'nothing',
  });
  if (name === 'namespace') return completeResources({ args: ['namespaces'], cluster: context.cluster }, begun);
  if (!['context', 'cluster', 'user'].includes(name)) return { choices: [], also: 'files' };
  const { contexts, clusters, users } = context.cluster.kubeconfig().merged;
  return named(name === 'context' ? contexts : name === 'cluster' ? clusters : users);
}
