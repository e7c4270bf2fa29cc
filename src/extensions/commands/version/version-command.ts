import { defineCommand } from '../../../extension-points/commands/contract.ts';
import { jsonText } from '../../../extension-points/commands/printers/json-text.ts';
import { yamlText } from '../../../extension-points/commands/printers/yaml-text.ts';
import { clientVersion, versionSkewWarning } from '../../../extension-points/commands/version/client-version.ts';

/** What `/version` answers. */
interface ServerVersion {
  readonly major: string;
  readonly minor: string;
  readonly gitVersion: string;
}

export const versionCommand = defineCommand({
  name: 'version',
  short: 'Print the client and server version information',
  long: 'Print the client and server version information for the current context.',
  usage: 'version [flags]',
  examples: `# Print the client and server versions for the current context
$PROGRAM version`,
  flags: {
    client: { type: 'boolean', description: 'Show the client version only; no server is needed.' },
    output: { type: 'string', shorthand: 'o', description: "One of 'yaml' or 'json'." },
  },
  async run({ args, flags, cluster, streams }) {
    if (args.length > 0) throw new Error(`extra arguments: [${args.join(' ')}]`);
    if (flags.output !== '' && flags.output !== 'yaml' && flags.output !== 'json') throw new Error("--output must be 'yaml' or 'json'");
    let failure: unknown;
    const serverVersion = flags.client
      ? undefined
      : await cluster
          .client()
          .json<ServerVersion>({ method: 'GET', path: '/version' })
          .catch((error: unknown) => {
            failure = error;
            return undefined;
          });
    const versions = { clientVersion, ...(serverVersion ? { serverVersion } : {}) };
    streams.stdout.write(versionText(flags.output, versions));
    if (failure !== undefined) throw failure;
    const warning = serverVersion && versionSkewWarning(serverVersion);
    if (!warning) return;
    if (cluster.globalFlag('warnings-as-errors') === true) throw new Error(warning);
    streams.stderr.write(`Warning: ${warning}\n`);
  },
});

function versionText(output: string, versions: { readonly serverVersion?: ServerVersion }): string {
  if (output === 'json') return `${jsonText(versions, 2)}`;
  if (output === 'yaml') return `${yamlText(versions)}\n`;
  const { serverVersion } = versions;
  return `Client Version: ${clientVersion.gitVersion}\n${serverVersion ? `Server Version: ${serverVersion.gitVersion}\n` : ''}`;
}
