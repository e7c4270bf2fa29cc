import { defineCommand } from '../../../extension-points/commands/contract.ts';
import { completeFirstName } from '../../../extension-points/commands/resources/complete-kubeconfig-names.ts';
import { defaultFile, entryOf, mergedConfig, removeEntry, renameEntry, type Section, setCurrentContext } from './kubeconfig-edit.ts';
import { unexpectedArguments } from './unexpected-arguments.ts';

export const useContext = defineCommand({
  name: 'use-context',
  aliases: ['use'],
  short: 'Set the current-context in a kubeconfig file',
  usage: 'use-context CONTEXT_NAME',
  examples: `# Use the context for the minikube cluster
$PROGRAM config use-context minikube`,
  complete: completeFirstName('contexts'),
  run(context) {
    const [name] = context.args;
    if (context.args.length !== 1) throw unexpectedArguments(context, useContext);
    if (!name) throw new Error('empty context names are not allowed');
    if (!entryOf(mergedConfig(context), 'contexts', name)) throw new Error(`no context exists with the name: ${JSON.stringify(name)}`);
    setCurrentContext(context, name);
    context.streams.stdout.write(`Switched to context ${JSON.stringify(name)}.\n`);
  },
});

export const renameContext = defineCommand({
  name: 'rename-context',
  short: 'Rename a context from the kubeconfig file',
  usage: 'rename-context CONTEXT_NAME NEW_NAME',
  examples: `# Rename the context 'old-name' to 'new-name'
$PROGRAM config rename-context old-name new-name`,
  complete: completeFirstName('contexts'),
  run(context) {
    const { args, cluster, streams } = context;
    if (args.length !== 2) throw unexpectedArguments(context, renameContext);
    const [name = '', newName = ''] = args;
    if (newName === '') throw new Error('You must specify a new non-empty context name');
    const config = mergedConfig(context);
    const file = defaultFile(cluster.kubeconfig());
    if (!entryOf(config, 'contexts', name)) throw new Error(`cannot rename the context ${JSON.stringify(name)}, it's not in ${file}`);
    if (entryOf(config, 'contexts', newName))
      throw new Error(`cannot rename the context ${JSON.stringify(name)}, the context ${JSON.stringify(newName)} already exists in ${file}`);
    renameEntry(context, 'contexts', { from: name, to: newName });
    if (config['current-context'] === name) setCurrentContext(context, newName);
    streams.stdout.write(`Context ${JSON.stringify(name)} renamed to ${JSON.stringify(newName)}.\n`);
  },
});

export const deleteCluster = deletion('cluster', 'clusters');
export const deleteContext = deletion('context', 'contexts');
export const deleteUser = deletion('user', 'users');

function deletion(what: 'cluster' | 'context' | 'user', section: Section) {
  const command = defineCommand({
    name: `delete-${what}`,
    short: `Delete the specified ${what} from the kubeconfig`,
    usage: `delete-${what} NAME`,
    examples: `# Delete the minikube ${what}
$PROGRAM config delete-${what} minikube`,
    complete: completeFirstName(section),
    async run(context) {
      const { args, cluster, streams, usageError } = context;
      const [name] = args;
      if (args.length !== 1 || name === undefined) {
        if (what === 'user') throw usageError('user to delete is required');
        streams.stdout.write(unexpectedArguments(context, command).output);
        return;
      }
      const config = mergedConfig(context);
      const file = defaultFile(cluster.kubeconfig());
      if (!entryOf(config, section, name)) throw new Error(`cannot delete ${what} ${name}, not in ${file}`);
      if (what === 'context' && config['current-context'] === name)
        streams.stderr.write(`warning: this removed your active context, use "kubectl config use-context" to select a different one\n`);
      removeEntry(context, section, name);
      streams.stdout.write(`deleted ${what} ${name} from ${file}\n`);
    },
  });
  return command;
}
