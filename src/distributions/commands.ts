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
    name: 'create',
    group: headings.beginner,
    short: 'Create a resource from a file or from stdin',
    load: async () => (await import('../extensions/commands/create/create-command.ts')).createCommand,
  },
  {
    name: 'expose',
    group: headings.beginner,
    short: 'Take a replication controller, service, deployment or pod and expose it as a new Kubernetes service',
    load: async () => (await import('../extensions/commands/expose/expose-command.ts')).exposeCommand,
  },
  {
    name: 'run',
    group: headings.beginner,
    short: 'Run a particular image on the cluster',
    load: async () => (await import('../extensions/commands/run/run-command.ts')).runCommand,
  },
  {
    name: 'set',
    group: headings.beginner,
    short: 'Set specific features on objects',
    load: async () => (await import('../extensions/commands/set/set-command.ts')).setCommand,
  },
  {
    name: 'explain',
    group: headings.intermediate,
    short: 'Get documentation for a resource',
    load: async () => (await import('../extensions/commands/explain/explain-command.ts')).explainCommand,
  },
  {
    name: 'get',
    group: headings.intermediate,
    suggestFor: ['list', 'ls'],
    short: 'Display one or many resources',
    load: async () => (await import('../extensions/commands/get/get-command.ts')).getCommand,
  },
  {
    name: 'edit',
    group: headings.intermediate,
    short: 'Edit a resource on the server',
    load: async () => (await import('../extensions/commands/edit/edit-command.ts')).editCommand,
  },
  {
    name: 'delete',
    group: headings.intermediate,
    suggestFor: ['rm', 'remove'],
    short: 'Delete resources by file names, stdin, resources and names, or by resources and label selector',
    load: async () => (await import('../extensions/commands/delete/delete-command.ts')).deleteCommand,
  },
  {
    name: 'rollout',
    group: headings.deploy,
    short: 'Manage the rollout of a resource',
    load: async () => {
      const { createRolloutCommand } = await import('../extensions/commands/rollout/rollout-command.ts');
      return createRolloutCommand({ describePodTemplate: async (template) => (await import('./pod-template-text.ts')).podTemplateText(template) });
    },
  },
  {
    name: 'scale',
    group: headings.deploy,
    short: 'Set a new size for a deployment, replica set, or replication controller',
    load: async () => (await import('../extensions/commands/scale/scale-command.ts')).scaleCommand,
  },
  {
    name: 'autoscale',
    group: headings.deploy,
    short: 'Auto-scale a deployment, replica set, stateful set, or replication controller',
    load: async () => (await import('../extensions/commands/autoscale/autoscale-command.ts')).autoscaleCommand,
  },
  {
    name: 'certificate',
    group: headings.management,
    short: 'Modify certificate resources',
    load: async () => (await import('../extensions/commands/certificate/certificate-command.ts')).certificateCommand,
  },
  {
    name: 'cluster-info',
    group: headings.management,
    short: 'Display cluster information',
    load: async () => (await import('../extensions/commands/cluster-info/cluster-info-command.ts')).clusterInfoCommand,
  },
  {
    name: 'top',
    group: headings.management,
    short: 'Display resource (CPU/memory) usage',
    load: async () => (await import('../extensions/commands/top/top-command.ts')).topCommand,
  },
  {
    name: 'cordon',
    group: headings.management,
    short: 'Mark node as unschedulable',
    load: async () => (await import('../extensions/commands/drain/cordon-command.ts')).cordonCommand,
  },
  {
    name: 'uncordon',
    group: headings.management,
    short: 'Mark node as schedulable',
    load: async () => (await import('../extensions/commands/drain/uncordon-command.ts')).uncordonCommand,
  },
  {
    name: 'drain',
    group: headings.management,
    short: 'Drain node in preparation for maintenance',
    load: async () => (await import('../extensions/commands/drain/drain-command.ts')).drainCommand,
  },
  {
    name: 'taint',
    group: headings.management,
    short: 'Update the taints on one or more nodes',
    load: async () => (await import('../extensions/commands/taint/taint-command.ts')).taintCommand,
  },
  {
    name: 'describe',
    group: headings.debugging,
    suggestFor: ['inspect'],
    short: 'Show details of a specific resource or group of resources',
    load: async () => (await import('../extensions/commands/describe/describe-command.ts')).describeCommand,
  },
  {
    name: 'logs',
    group: headings.debugging,
    short: 'Print the logs for a container in a pod',
    load: async () => (await import('../extensions/commands/logs/logs-command.ts')).logsCommand,
  },
  {
    name: 'attach',
    group: headings.debugging,
    short: 'Attach to a running container',
    load: async () => (await import('../extensions/commands/attach/attach-command.ts')).attachCommand,
  },
  {
    name: 'exec',
    group: headings.debugging,
    short: 'Execute a command in a container',
    load: async () => (await import('../extensions/commands/exec/exec-command.ts')).execCommand,
  },
  {
    name: 'port-forward',
    group: headings.debugging,
    short: 'Forward one or more local ports to a pod',
    load: async () => (await import('../extensions/commands/port-forward/port-forward-command.ts')).portForwardCommand,
  },
  {
    name: 'proxy',
    group: headings.debugging,
    short: 'Run a proxy to the Kubernetes API server',
    load: async () => (await import('../extensions/commands/proxy/proxy-command.ts')).proxyCommand,
  },
  {
    name: 'cp',
    group: headings.debugging,
    short: 'Copy files and directories to and from containers',
    load: async () => (await import('../extensions/commands/cp/cp-command.ts')).cpCommand,
  },
  {
    name: 'auth',
    group: headings.debugging,
    short: 'Inspect authorization',
    load: async () => (await import('../extensions/commands/auth/auth-command.ts')).authCommand,
  },
  {
    name: 'debug',
    group: headings.debugging,
    short: 'Create debugging sessions for troubleshooting workloads and nodes',
    load: async () => (await import('../extensions/commands/debug/debug-command.ts')).debugCommand,
  },
  {
    name: 'events',
    group: headings.debugging,
    short: 'List events',
    load: async () => (await import('../extensions/commands/events/events-command.ts')).eventsCommand,
  },
  {
    name: 'diff',
    group: headings.advanced,
    short: 'Diff the live version against a would-be applied version',
    load: async () => (await import('../extensions/commands/diff/diff-command.ts')).diffCommand,
  },
  {
    name: 'apply',
    group: headings.advanced,
    short: 'Apply a configuration to a resource by file name or stdin',
    load: async () => (await import('../extensions/commands/apply/apply-command.ts')).applyCommand,
  },
  {
    name: 'patch',
    group: headings.advanced,
    short: 'Update fields of a resource',
    load: async () => (await import('../extensions/commands/patch/patch-command.ts')).patchCommand,
  },
  {
    name: 'replace',
    group: headings.advanced,
    short: 'Replace a resource by file name or stdin',
    load: async () => (await import('../extensions/commands/replace/replace-command.ts')).replaceCommand,
  },
  {
    name: 'wait',
    group: headings.advanced,
    short: 'Wait for a specific condition on one or many resources',
    load: async () => (await import('../extensions/commands/wait/wait-command.ts')).waitCommand,
  },
  {
    name: 'kustomize',
    group: headings.advanced,
    short: 'Build a kustomization target from a directory or URL',
    load: async () => (await import('../extensions/commands/kustomize/kustomize-command.ts')).kustomizeCommand,
  },
  {
    name: 'label',
    group: headings.settings,
    short: 'Update the labels on a resource',
    load: async () => (await import('../extensions/commands/label/label-command.ts')).labelCommand,
  },
  {
    name: 'annotate',
    group: headings.settings,
    short: 'Update the annotations on a resource',
    load: async () => (await import('../extensions/commands/annotate/annotate-command.ts')).annotateCommand,
  },
  {
    name: 'completion',
    group: headings.settings,
    short: 'Output shell completion code for the specified shell (bash, zsh, fish, or powershell)',
    load: async () => (await import('../extensions/commands/completion/completion-command.ts')).completionCommand,
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
    name: 'kuberc',
    short: 'Manage kuberc configuration files',
    load: async () => (await import('../extensions/commands/kuberc/kuberc-command.ts')).kubercCommand,
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
  {
    name: '__complete',
    aliases: ['__completeNoDesc'],
    isHidden: true,
    short: 'Request shell completion choices for the specified command-line',
    load: async () => (await import('../extensions/commands/completion/complete-command.ts')).completeCommand,
  },
];
