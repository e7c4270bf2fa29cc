import type { NamedController } from '../../../extension-points/controllers/reconcile.ts';
import { DisposalStack } from '../../../kernel/disposal.ts';
import { claimReconciler } from './claim-reconciler.ts';
import { podReconciler } from './pod-reconciler.ts';

/**
 * Makes the claims that pods have templates for, and takes from claims those pods that do not need them any more. A claim that nobody needs loses its devices; one that was
 * made for a pod which is done is removed.
 */
export function resourceClaimController(): NamedController {
  const name = 'resource-claim-controller';
  return {
    name,
    async start(deps) {
      const stack = new DisposalStack();
      try {
        stack.use(await podReconciler(name).start(deps));
        stack.use(await claimReconciler(name).start(deps));
      } catch (error) {
        await stack[Symbol.asyncDispose]();
        throw error;
      }
      return stack;
    },
  };
}
