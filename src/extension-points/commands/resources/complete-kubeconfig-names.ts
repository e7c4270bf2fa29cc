import type { CommandContext, Completion } from '../contract.ts';

export type KubeconfigPart = 'contexts' | 'clusters' | 'users';

/** Names of the kubeconfig that begin so. A kubeconfig that cannot be read has none: a message would stand in the middle of the line. */
export function completeKubeconfigNames({ cluster }: Pick<CommandContext, 'cluster'>, part: KubeconfigPart, toComplete: string): Completion {
  try {
    const names = cluster.kubeconfig().merged[part].map(({ name }) => name);
    return { choices: names.filter((name) => name.startsWith(toComplete)).sort(), also: 'nothing' };
  } catch {
    return { choices: [], also: 'nothing' };
  }
}

/** The same for a command whose only argument is such a name. */
export const completeFirstName =
  (part: KubeconfigPart) =>
  (context: Pick<CommandContext, 'args' | 'cluster'>, toComplete: string): Completion =>
    context.args.length === 0 ? completeKubeconfigNames(context, part, toComplete) : { choices: [], also: 'nothing' };
