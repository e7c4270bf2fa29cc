import { escapeFieldValue } from '../../../api/field-selector.ts';
import { groupVersion } from '../../../api/resource-type.ts';
import type { ResourceMapper, ServedResource } from '../../../extension-points/commands/discovery/contract.ts';
import { ExitCode } from '../../../extension-points/commands/errors/command-errors.ts';

/** The field selector for events about `TYPE/NAME`. Throws with kubectl's words. */
export async function subjectSelector(text: string, mapper: ResourceMapper): Promise<string> {
  if (!text.includes('/')) throw new Error('--for must be in resource/name form');
  const parts = text.split('/');
  if (parts.length !== 2) throw new Error('arguments in resource/name form may not have more than one slash');
  const [type = '', name = ''] = parts;
  if (type === '') throw new Error('a resource must be present, got: /, Resource=');
  const resource = await resourceOf(type.toLowerCase(), mapper);
  if (name === '') return '';
  const fields = { kind: resource.kind, apiVersion: groupVersion(resource), name };
  return Object.entries(fields)
    .map(([field, value]) => `involvedObject.${field}=${escapeFieldValue(value)}`)
    .join(',');
}

async function resourceOf(type: string, mapper: ResourceMapper): Promise<ServedResource> {
  const dot = type.indexOf('.');
  const group = dot < 0 ? '' : ` in group ${JSON.stringify(type.slice(dot + 1))}`;
  const missing = `the server doesn't have a resource type`;
  return mapper.resourceFor(type).catch((error: unknown) => {
    if (!(error instanceof Error) || !error.message.startsWith(missing)) throw error;
    throw new ExitCode(1, `${missing} ${JSON.stringify(dot < 0 ? type : type.slice(0, dot))}${group}`);
  });
}
