import { type Command, defineCommand } from '../../../extension-points/commands/contract.ts';

export const kustomizeCommand: Command = defineCommand({
  name: 'kustomize',
  group: 'Advanced Commands:',
  short: 'Build a kustomization target from a directory or URL',
  long: `
    Print the objects that a kustomization makes, of a directory or of a git repository (https://kubectl.docs.kubernetes.io/references/kustomize/).

    The program kustomize builds it: install it where PATH finds it. All flags are passed on to it.`,
  examples: `
    # The current directory
    $PROGRAM kustomize

    # Another one
    $PROGRAM kustomize /home/config/production

    # One in a repository
    $PROGRAM kustomize https://github.com/kubernetes-sigs/kustomize.git/examples/helloWorld?ref=v1.0.6`,
  usage: 'kustomize DIR [flags]',
  passesFlags: true,
  async run({ args, directory, environment, streams, program, commandPath }) {
    if (args.includes('--help') || args.includes('-h')) {
      const { helpText } = await import('../../../extension-points/commands/help/help-text.ts');
      return streams.stdout.write(helpText(kustomizeCommand, { program, commandPath, columns: streams.stdout.columns }));
    }
    const { runKustomize } = await import('./run-kustomize.ts');
    return runKustomize(args, { directory, environment, streams });
  },
});
