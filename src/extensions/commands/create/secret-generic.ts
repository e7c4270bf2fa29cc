import { defineGenerator } from './generator.ts';
import { environmentFilePairs, filePairs, literalPair } from './key-sources.ts';
import { appendHashFlag, secretFailure, secretParts, secretType } from './secret-content.ts';

export const createGenericSecretCommand = defineGenerator({
  name: 'generic',
  short: 'Create a secret from a local file, directory, or literal value',
  long: `
    Create a secret of files, of a directory, or of texts.

    A file is kept under its name, or under the key in front of it. Of a directory each file is kept whose name may be a key; what is no file (directories, links, devices) is left out.`,
  examples: `
    # The files of a folder
    $PROGRAM create secret generic my-secret --from-file=path/to/bar

    # Files under other keys
    $PROGRAM create secret generic my-secret --from-file=ssh-privatekey=path/to/id_rsa --from-file=ssh-publickey=path/to/id_rsa.pub

    # Texts
    $PROGRAM create secret generic my-secret --from-literal=key1=supersecret --from-literal=key2=topsecret

    # A file and a text
    $PROGRAM create secret generic my-secret --from-file=ssh-privatekey=path/to/id_rsa --from-literal=passphrase=topsecret

    # The lines of files of KEY=VALUE
    $PROGRAM create secret generic my-secret --from-env-file=path/to/foo.env --from-env-file=path/to/bar.env`,
  usage: 'generic NAME [--type=string] [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none]',
  flags: {
    ...appendHashFlag,
    'from-env-file': { type: 'list', description: 'A file with lines of KEY=VALUE.' },
    'from-file': { type: 'list', description: 'A file, with its key in front if that is not its name (KEY=FILE), or a directory.' },
    'from-literal': { type: 'array', description: 'A key and its text: KEY=VALUE.' },
    type: { type: 'string', description: 'The type of the secret.' },
  },
  type: secretType,
  failure: secretFailure,
  generate({ flags, directory, environment }, name) {
    const [files, literals, lines] = [flags['from-file'], flags['from-literal'], flags['from-env-file']];
    if (name === '') throw new Error('name must be specified');
    if (lines.length > 0 && files.length + literals.length > 0) throw new Error('from-env-file cannot be combined with from-file or from-literal');
    const pairs = [
      ...literals.map(literalPair),
      ...files.flatMap((source) => filePairs(source, directory)),
      ...lines.flatMap((path) => environmentFilePairs(path, { directory, environment, what: 'secret' })),
    ];
    return secretParts(name, pairs, { type: flags.type, appendsHash: flags['append-hash'] });
  },
});
