import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deepFreeze } from '../../api/object.ts';
import { ApiError } from '../../api/status.ts';
import type { AdmissionOperation, AdmissionPlugin, AdmissionRequest } from './contract.ts';

export interface AdmissionConformanceOptions {
  readonly name: string;
  /** A plugin, made anew for each test; its surroundings must let the samples be judged. */
  readonly create: () => AdmissionPlugin | Promise<AdmissionPlugin>;
  /** Requests the plugin handles. */
  readonly samples: readonly AdmissionRequest[];
}

/** What the host counts on in every admission plugin, wherever it runs. Registers tests with node:test. */
export function admissionConformance({ name, create, samples }: AdmissionConformanceOptions): void {
  describe(`admission plugin ${name} keeps the contract`, () => {
    it('mutates or validates', async () => {
      const plugin = await create();
      assert.ok(plugin.mutate ?? plugin.validate, 'has neither mutate nor validate');
    });

    it('pre-selects any request without throwing', async () => {
      const plugin = await create();
      for (const request of [...samples, ...samples.flatMap(otherOperations)]) assert.equal(typeof (plugin.handles?.(request) ?? true), 'boolean');
    });

    for (const [index, sample] of samples.entries()) {
      it(`answers sample ${index + 1} (${sample.operation} ${sample.resource.resource}) with an outcome`, async () => {
        const plugin = await create();
        const outcome = await plugin.mutate?.(deepFreeze(sample), AbortSignal.timeout(10_000));
        checkOutcome(outcome, ['allow', 'replace', 'deny']);
        checkOutcome(await plugin.validate?.(deepFreeze(sample), AbortSignal.timeout(10_000)), ['allow', 'deny']);
      });

      it(`has nothing to add to its own answer to sample ${index + 1}`, async () => {
        const plugin = await create();
        const first = await plugin.mutate?.(deepFreeze(sample), AbortSignal.timeout(10_000));
        if (first?.kind !== 'replace') return;
        const second = await plugin.mutate!(deepFreeze({ ...sample, object: first.object }), AbortSignal.timeout(10_000));
        assert.notEqual(second.kind, 'deny');
        if (second.kind === 'replace') assert.deepEqual(second.object, first.object);
      });
    }
  });
}

function checkOutcome(outcome: { readonly kind: string; readonly error?: unknown } | undefined, kinds: readonly string[]): void {
  if (outcome === undefined) return;
  assert.ok(kinds.includes(outcome.kind), `unknown outcome ${outcome.kind}`);
  if (outcome.kind !== 'deny') return;
  assert.ok(outcome.error instanceof ApiError, 'a denial carries an ApiError');
  assert.ok(outcome.error.code >= 400 && outcome.error.code < 600, `a denial has an error code, not ${outcome.error.code}`);
}

function otherOperations(request: AdmissionRequest): AdmissionRequest[] {
  const { object, oldObject, ...rest } = request;
  const held = object ?? oldObject;
  const operations: readonly AdmissionOperation[] = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'];
  return operations.map((operation) => ({
    ...rest,
    operation,
    ...(held && (operation === 'CREATE' || operation === 'UPDATE') ? { object: held } : {}),
    ...(held && (operation === 'UPDATE' || operation === 'DELETE') ? { oldObject: held } : {}),
  }));
}
