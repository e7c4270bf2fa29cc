import type { Command, LazyCommand } from '../../extension-points/commands/contract.ts';
import { endOnFailure } from '../../extension-points/commands/output-failures.ts';
import type { Distribution } from './distribution.ts';

const group = 'Cluster Commands:';

/** wherry's own commands: what runs a cluster and looks into it. Their flags are read by commander. */
export function ownCommands(loadDistribution: () => Promise<Distribution>): LazyCommand[] {
  return summaries.map(([name, short]) => ({
    name,
    short,
    group,
    load: (): Promise<Command> =>
      Promise.resolve({
        name,
        short,
        group,
        usage: `${name} [flags]`,
        passesFlags: true,
        async complete(context, toComplete) {
          const [{ completeOwnCommand }, distribution] = await Promise.all([import('./complete-own-command.ts'), loadDistribution()]);
          return await completeOwnCommand(distribution, [name, ...context.args], toComplete, context);
        },
        async run({ args }) {
          // A cluster goes on when nobody reads what it says any more.
          if (name !== 'up') for (const output of ['stdout', 'stderr'] as const) endOnFailure(process, output);
          const [{ runCommandLine }, distribution] = await Promise.all([import('./main.ts'), loadDistribution()]);
          return await runCommandLine(distribution, [name, ...args]);
        },
      }),
  }));
}

const summaries: readonly (readonly [name: string, short: string])[] = [
  ['up', 'Start a cluster; Ctrl-C stops it'],
  ['down', 'Stop what up started'],
  ['status', 'What runs, where, and how it is'],
  ['image', 'Images of the cluster'],
  ['kubeconfig', 'Print the administrator kubeconfig of the cluster'],
  ['extensions', 'Every extension that is loaded, with calls, errors and p99'],
  ['devices', 'Every device of the nodes: plugin, health, NUMA node, which container holds it'],
  ['why', 'Tell why a pod is where it is, or why it is nowhere'],
  ['schedule', 'Say where the pods of a file would go now, without creating anything'],
  ['generate', 'Write code from definitions'],
];
