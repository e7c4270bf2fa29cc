import * as types from '../../api/generated/resource-types.ts';
import { defineBuiltIn } from '../../extension-points/resources/define.ts';
import { podDefinition } from './core/pods.ts';
import { deploymentDefinition } from './apps/deployments.ts';
import { namespaceDefinition } from './core/namespaces.ts';
import { serviceDefinition } from './core/services.ts';
import { nodeDefinition } from './core/nodes.ts';
import { replicaSetDefinition } from './apps/replica-sets.ts';
import { serviceAccountDefinition } from './core/service-accounts.ts';
import type { ResourceDefinition } from '../../extension-points/resources/contract.ts';
export function builtInResources(): ResourceDefinition[] {
  const own = [podDefinition(), deploymentDefinition(), namespaceDefinition(), serviceDefinition(), nodeDefinition(), replicaSetDefinition(), serviceAccountDefinition()];
  const seen = new Set(own.map((d) => d.group + '/' + d.resource));
  for (const type of Object.values(types)) {
    const id = type.group + '/' + type.resource;
    if (seen.has(id)) continue;
    seen.add(id);
    own.push(defineBuiltIn(type as never));
  }
  return own;
}
