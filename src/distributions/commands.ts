import type { LazyCommand } from '../extension-points/commands/contract.ts';

/** The headings of help, as kubectl has them. */
const headings = {
  beginner: 'Basic Commands (Beginner):',
  intermediate: 'Basic Commands (Intermediate):',
  deploy: 'Deploy Commands:',
  management: 'Cluster Management Commands:',
  debugging: 'Troubleshooting and Debugging Commands:',
  advanced: 'Advanced Commands:',
  settings: 'Settings Commands:',
};

/**
 * The verbs, in the order in which help lists them. Each is loaded when it is used: what is said here must be what the verb itself says of its name and purpose.
 * A heading stands where its first verb stands; verbs without one come last.
 */
export const verbs: readonly LazyCommand[] = [
  {
    name: 'get',
    group: headings.intermediate,
    suggestFor: ['list', 'ls'],
    short: 'Display one or many resources',
    load: async () => (await import('../extensions/commands/get/get-command.ts')).getCommand,
  },
  {
    name: 'cluster-info',
    group: headings.management,
    short: 'Display cluster information',
    load: async () => (await import('../extensions/commands/cluster-info/cluster-info-command.ts')).clusterInfoCommand,
  },
  {
    name: 'logs',
    group: headings.debugging,
    short: 'Print the logs for a container in a pod',
    load: async () => (await import('../extensions/commands/logs/logs-command.ts')).logsCommand,
  },
  {
    name: 'api-resources',
    short: 'Print the supported API resources on the server',
    load: async () => (await import('../extensions/commands/api-resources/api-resources-command.ts')).apiResourcesCommand,
  },
  {
    name: 'api-versions',
    short: 'Print the supported API versions on the server, in the form of "group/version"',
    load: async () => (await import('../extensions/commands/api-versions/api-versions-command.ts')).apiVersionsCommand,
  },
  {
    name: 'config',
    short: 'Modify kubeconfig files',
    load: async () => (await import('../extensions/commands/config/config-command.ts')).configCommand,
  },
  {
    name: 'version',
    short: 'Print the client and server version information',
    load: async () => (await import('../extensions/commands/version/version-command.ts')).versionCommand,
  },
  {
    name: 'plugin',
    short: 'Provides utilities for interacting with plugins',
    load: async () => {
      const [{ createPluginCommand }, { pluginRuntime }] = await Promise.all([
        import('../extensions/commands/plugin/plugin-command.ts'),
        import('./plugin-runtime.ts'),
      ]);
      return createPluginCommand(pluginRuntime());
    },
  },
  {
    name: 'krew',
    short: 'Discover, install and upgrade plugins',
    load: async () => (await import('../extensions/commands/krew/krew-command.ts')).krewCommand,
  },
];
