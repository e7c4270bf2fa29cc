import { parseGroupVersion } from '../../../api/resource-type.ts';
import { defineCommand, type FlagTable } from '../../../extension-points/commands/contract.ts';
import { completeResources } from '../../../extension-points/commands/resources/complete-resources.ts';
import { explainOlder } from './older/explain-older.ts';
import { openApiPaths, readDocument } from './open-api.ts';
import { renderText } from './render-text.ts';
import { explainedResource } from './resource-path.ts';

const flags = {
  'api-version': { type: 'string', description: 'Explain it as it is in this version of an API (GROUP/VERSION).' },
  output: {
    type: 'string',
    shorthand: 'o',
    default: 'plaintext',
    description: "Format: plaintext, from the server's OpenAPI v3, or plaintext-openapiv2, from its OpenAPI v2.",
  },
  recursive: { type: 'boolean', shorthand: 'R', description: 'Show the fields of fields, down to the last, without descriptions.' },
} as const satisfies FlagTable;

export const explainCommand = defineCommand({
  name: 'explain',
  group: 'Basic Commands (Intermediate):',
  short: 'Get documentation for a resource',
  long: `
    Tell what the fields of a resource mean, as the server documents them.

    A field is named by the path to it: <type>.<fieldName>[.<fieldName>]

    Use "$PROGRAM api-resources" for a complete list of supported resources.`,
  examples: `
    # A resource and its fields
    $PROGRAM explain pods

    # All fields, those of fields too
    $PROGRAM explain pods --recursive

    # In one version of its API
    $PROGRAM explain deployments --api-version=apps/v1

    # One field
    $PROGRAM explain pods.spec.containers

    # From the older form of the server's documentation
    $PROGRAM explain deployment --output=plaintext-openapiv2`,
  usage: 'explain TYPE [--recursive=FALSE|TRUE] [--api-version=api-version-group] [-o|--output=plaintext|plaintext-openapiv2]',
  flags,
  complete: (context, toComplete) => (context.args.length === 0 ? completeResources(context, toComplete) : { choices: [], also: 'nothing' }),
  async run({ args, flags: given, cluster, streams, program }) {
    if (args.length === 0)
      throw new Error(`You must specify the type of resource to explain. Use "${program} api-resources" for a complete list of supported resources.\n`);
    if (args.length > 1) throw new Error('We accept only this format: explain RESOURCE\n');
    const version = given['api-version'];
    const { resource, fields } = await explainedResource(args[0]!, cluster.mapper(), { matchesGroup: version === '' });
    const client = cluster.client();
    const paths = given.output === 'plaintext-openapiv2' ? undefined : await openApiPaths(client);
    if (!paths) return streams.stdout.write(await explainOlder(client, { resource, fields, isRecursive: given.recursive, version }));
    const wanted = version === '' ? resource : { ...resource, ...parseGroupVersion(version) };
    const document = await readDocument(client, paths, wanted);
    if (given.output !== 'plaintext') throw new Error(`unrecognized format: ${given.output}`);
    streams.stdout.write(renderText(document, { resource: wanted, fields, isRecursive: given.recursive }));
  },
});
