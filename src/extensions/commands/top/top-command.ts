import { defineCommand } from '../../../extension-points/commands/contract.ts';
import { topNodeCommand } from './top-node-command.ts';
import { topPodCommand } from './top-pod-command.ts';

export const topCommand = defineCommand({
  name: 'top',
  group: 'Cluster Management Commands:',
  short: 'Display resource (CPU/memory) usage',
  long: `
    Show how much CPU and memory nodes or pods use.

    The numbers come from the metrics API (metrics.k8s.io), which a metrics server must provide; they are those that autoscalers work with, so they may differ from what
    the tools of an operating system say.

    Alone, on a terminal, it is a screen of nodes, pods, devices and events that keeps itself current.`,
  usage: 'top',
  subcommands: [topNodeCommand, topPodCommand],
  runsOnTerminals: true,
  run: async (context) => (await import('./screen/top-screen.ts')).topScreen(context),
});
