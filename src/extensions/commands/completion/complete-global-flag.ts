import type { CommandContext, Completion } from '../../../extension-points/commands/contract.ts';
import { completeKubeconfigNames, type KubeconfigPart } from '../../../extension-points/commands/resources/complete-kubeconfig-names.ts';
import { completeNames } from '../../../extension-points/commands/resources/complete-resources.ts';

const parts: Readonly<Record<string, KubeconfigPart>> = { context: 'contexts', cluster: 'clusters', user: 'users' };

/** Completes the value of a flag that every command takes; files for those that nothing is known of. */
export function completeGlobalFlag(context: CommandContext, name: string, begun: string): Promise<Completion> | Completion {
  if (name === 'namespace') return completeNames(context, 'namespaces', begun);
  const part = parts[name];
  return part ? completeKubeconfigNames(context, part, begun) : { choices: [], also: 'files' };
}
