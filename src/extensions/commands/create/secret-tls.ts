import { defineGenerator } from './generator.ts';
import { readFileBounded } from './read-file.ts';
import { appendHashFlag, secretFailure, secretParts, secretType } from './secret-content.ts';

export const createTlsSecretCommand = defineGenerator({
  name: 'tls',
  short: 'Create a TLS secret',
  long: 'Create a secret of a certificate and its private key, both PEM files. The key must be that of the certificate.',
  examples: `
    # A certificate and its key
    $PROGRAM create secret tls tls-secret --cert=path/to/tls.crt --key=path/to/tls.key`,
  usage: 'tls NAME --cert=path/to/cert/file --key=path/to/key/file [--dry-run=server|client|none]',
  flags: {
    ...appendHashFlag,
    cert: { type: 'string', description: 'The PEM file with the certificate.' },
    key: { type: 'string', description: 'The PEM file with its private key.' },
  },
  type: secretType,
  failure: secretFailure,
  async generate({ flags, directory }, name) {
    if (flags.key === '' || flags.cert === '') throw new Error('key and cert must be specified');
    const certificate = read(flags.cert, directory);
    const key = read(flags.key, directory);
    const { checkKeyPair } = await import('./key-pair.ts');
    checkKeyPair(certificate, key);
    return secretParts(name, [['tls.crt', certificate] as const, ['tls.key', key] as const], {
      type: 'kubernetes.io/tls',
      appendsHash: flags['append-hash'],
    });
  },
});

function read(path: string, directory: string): Buffer {
  try {
    return readFileBounded(path, directory);
  } catch (error) {
    throw new Error(`Cannot read file ${path}, ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
