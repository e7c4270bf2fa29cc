import type { Command } from '../../../extension-points/commands/contract.ts';
import { createDockerRegistrySecretCommand } from './secret-docker-registry.ts';
import { createGenericSecretCommand } from './secret-generic.ts';
import { createTlsSecretCommand } from './secret-tls.ts';

export const createSecretCommand: Command = {
  name: 'secret',
  short: 'Create a secret using a specified subcommand',
  long: `
    Create a secret of one of three types.

    docker-registry is for pulling images, tls holds a certificate and its key, generic holds anything (its type is Opaque).`,
  usage: 'secret (docker-registry | generic | tls)',
  subcommands: [createDockerRegistrySecretCommand, createGenericSecretCommand, createTlsSecretCommand],
};
