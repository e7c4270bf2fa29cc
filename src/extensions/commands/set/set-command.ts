import type { Command } from '../../../extension-points/commands/contract.ts';

export const setCommand: Command = {
  name: 'set',
  group: 'Basic Commands (Beginner):',
  short: 'Set specific features on objects',
  long: 'Change one thing of objects that there are already.',
  usage: 'set SUBCOMMAND',
  subcommands: [
    { name: 'env', short: 'Update environment variables on a pod template', load: async () => (await import('./env.ts')).setEnvCommand },
    { name: 'image', short: 'Update the image of a pod template', load: async () => (await import('./image.ts')).setImageCommand },
    {
      name: 'resources',
      short: 'Update resource requests/limits on objects with pod templates',
      load: async () => (await import('./resources.ts')).setResourcesCommand,
    },
    { name: 'selector', short: 'Set the selector on a resource', load: async () => (await import('./selector.ts')).setSelectorCommand },
    {
      name: 'serviceaccount',
      aliases: ['sa'],
      short: 'Update the service account of a resource',
      load: async () => (await import('./service-account.ts')).setServiceAccountCommand,
    },
    {
      name: 'subject',
      short: 'Update the user, group, or service account in a role binding or cluster role binding',
      load: async () => (await import('./subject.ts')).setSubjectCommand,
    },
  ],
};
