import { defineGenerator } from './generator.ts';

export const createNamespaceCommand = defineGenerator({
  name: 'namespace',
  aliases: ['ns'],
  short: 'Create a namespace with the specified name',
  examples: `
    # A namespace
    $PROGRAM create namespace my-namespace`,
  usage: 'namespace NAME [--dry-run=server|client|none]',
  flags: {},
  type: { group: '', version: 'v1', resource: 'namespaces', kind: 'Namespace', namespaced: false },
  generate: (_context, name) => {
    if (name === '') throw new Error('name must be specified');
    return {};
  },
});
