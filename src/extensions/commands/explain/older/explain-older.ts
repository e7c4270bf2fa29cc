import type { ResourceType } from '../../../../api/resource-type.ts';
import { groupVersion, parseGroupVersion } from '../../../../api/resource-type.ts';
import type { HttpsClient } from '../../../../client/https-client.ts';
import { type Definitions, modelOf } from './model.ts';
import { printModel } from './print-model.ts';

export interface OlderRequest {
  readonly resource: ResourceType;
  readonly fields: readonly string[];
  readonly isRecursive: boolean;
  /** `--api-version`, or empty. */
  readonly version: string;
}

/** The documentation from a server's OpenAPI v2, in the layout that kubectl had for it. Throws for what it does not have. */
export async function explainOlder(client: HttpsClient, { resource, fields, isRecursive, version }: OlderRequest): Promise<string> {
  const { group, version: served } = version === '' ? resource : parseGroupVersion(version);
  const { definitions = {} } = await client.json<{ definitions?: Definitions }>({ method: 'GET', path: '/openapi/v2' });
  const name = Object.keys(definitions).find((each) =>
    definitions[each]!['x-kubernetes-group-version-kind']?.some((kind) => kind.group === group && kind.version === served && kind.kind === resource.kind),
  );
  if (name === undefined) throw new Error(`couldn't find resource for "${group}/${served}, Kind=${resource.kind}"`);
  return printModel(modelOf(definitions[name]!, definitions), {
    fields,
    isRecursive,
    kind: resource.kind,
    apiVersion: groupVersion({ group, version: served }),
  });
}
