import { bindings } from '../../../api/generated/resource-types.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import { bindPod } from './pod-binding.ts';

/** core/v1 `bindings`: the older way to say where a pod runs; nothing is stored. */
export const bindingDefinition = (): ResourceDefinition =>
  defineBuiltIn(bindings, { generationFields: [], review: (binding, context, services) => bindPod(binding, context, services) });
