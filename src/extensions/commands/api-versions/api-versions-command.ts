import { defineCommand } from '../../../extension-points/commands/contract.ts';

export const apiVersionsCommand = defineCommand({
  name: 'api-versions',
  short: 'Print the supported API versions on the server, in the form of "group/version"',
  usage: 'api-versions',
  examples: `# Print the supported API versions
$PROGRAM api-versions`,
  acceptsArguments: false,
  async run({ cluster, streams }) {
    const { groups } = await cluster.mapper().discovery({ fresh: true });
    const names = groups.flatMap(({ name, versions }) =>
      versions.filter(({ isStale }) => !isStale).map(({ version }) => (name === '' ? version : `${name}/${version}`)),
    );
    for (const name of names.sort()) streams.stdout.write(`${name}\n`);
  },
});
