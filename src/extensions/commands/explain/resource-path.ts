import { groupResource } from '../../../api/resource-type.ts';
import type { ResourceMapper, ServedResource } from '../../../extension-points/commands/discovery/contract.ts';
import { allResources } from '../../../extension-points/commands/discovery/find-resource.ts';
import { ExitCode } from '../../../extension-points/commands/errors/command-errors.ts';
import type { PathStep } from '../../../extension-points/commands/printers/jsonpath/nodes.ts';
import { parseJsonPath } from '../../../extension-points/commands/printers/jsonpath/parse-jsonpath.ts';

export interface ExplainedResource {
  readonly resource: ServedResource;
  /** The path to the field, outermost first. */
  readonly fields: readonly string[];
}

/**
 * Takes `deployments.spec.replicas` or `deployments.apps.spec.replicas` apart. `matchesGroup`: a group may stand behind the resource. Throws with kubectl's words.
 */
export async function explainedResource(
  text: string,
  mapper: ResourceMapper,
  { matchesGroup }: { readonly matchesGroup: boolean },
): Promise<ExplainedResource> {
  const [first, ...rest] = stepsOf(text);
  const resource = await mapper.resourceFor(fieldName(first, 'first node')).catch((error: unknown) => {
    throw error instanceof Error && error.message.startsWith("the server doesn't have") ? new ExitCode(1, error.message) : error;
  });
  const named = matchesGroup ? allResources(await mapper.discovery()).filter((each) => each.resource === resource.resource) : [];
  const matching = named.find((each) => text.startsWith(groupResource(each)));
  if (!matching) return { resource, fields: rest.map((step) => fieldName(step, matchesGroup ? 'first node' : 'all nodes')) };
  const behind = text.slice(groupResource(matching).length);
  // What stands behind begins with a dot, or goes on with the last word of the name.
  const fields = behind === '' ? [] : stepsOf(behind).slice(1);
  return { resource: matching, fields: fields.map((step) => fieldName(step, 'first node')) };
}

function stepsOf(text: string): readonly PathStep[] {
  const nodes = parseJsonPath(`{.${text.replace(/\.$/, '')}}`);
  const [node] = nodes;
  if (nodes.length !== 1 || node?.kind !== 'path') throw new Error('must pass in 1 jsonpath string');
  return node.steps;
}

/** `which`: what kubectl says of a step that is no field, `first node` or `all nodes`. */
function fieldName(step: PathStep | undefined, which: string): string {
  if (step?.kind === 'field') return step.name;
  throw new Error(`invalid jsonpath syntax, ${which} must be field node${which === 'all nodes' ? 's' : ''}`);
}
