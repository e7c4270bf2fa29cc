import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CustomResourceDefinition } from '../../api/generated/apiextensions-v1.ts';
import { typescriptOf } from './typescript.ts';

const definitionOf = (spec: object): CustomResourceDefinition => ({ metadata: { name: 'crontabs.stable.example.com' }, spec }) as CustomResourceDefinition;

describe('typescriptOf', () => {
  it('writes an interface and a resource type per version', () => {
    const text = typescriptOf(
      definitionOf({
        group: 'stable.example.com',
        scope: 'Namespaced',
        names: { plural: 'crontabs', kind: 'CronTab' },
        versions: [
          {
            name: 'v1',
            schema: {
              openAPIV3Schema: {
                type: 'object',
                description: 'Runs pods on a schedule.',
                required: ['spec'],
                properties: {
                  apiVersion: { type: 'string' },
                  metadata: { type: 'object' },
                  spec: {
                    type: 'object',
                    required: ['cronSpec'],
                    properties: {
                      cronSpec: { type: 'string', description: 'When.\nFive fields.' },
                      policy: { type: 'string', enum: ['Allow', 'Forbid'] },
                      port: { 'x-kubernetes-int-or-string': true },
                      'on-failure': { type: 'array', items: { type: 'string', nullable: true } },
                      steps: { type: 'array', items: { type: 'object', properties: { name: { type: 'string' } } } },
                      labels: { type: 'object', additionalProperties: { type: 'string' } },
                      template: { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true },
                      anything: { 'x-kubernetes-preserve-unknown-fields': true },
                    },
                  },
                },
              },
            },
          },
          { name: 'v1beta1', schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } },
        ],
      }),
    );
    assert.equal(
      text,
      `// Generated from crontabs.stable.example.com by wherry generate types.

import type { KubernetesObject, ResourceType } from 'wherry/controllers';

/** Runs pods on a schedule. */
export interface CronTab extends KubernetesObject {
  apiVersion?: 'stable.example.com/v1';
  kind?: 'CronTab';
  spec: {
    /**
     * When.
     * Five fields.
     */
    cronSpec: string;
    policy?: 'Allow' | 'Forbid';
    port?: number | string;
    'on-failure'?: (string | null)[];
    steps?: {
      name?: string;
    }[];
    labels?: { [key: string]: string };
    template?: KubernetesObject;
    anything?: unknown;
  };
}

export const crontabs: ResourceType<CronTab> = { group: 'stable.example.com', version: 'v1', resource: 'crontabs', kind: 'CronTab', namespaced: true };

export interface CronTabV1Beta1 extends KubernetesObject {
  apiVersion?: 'stable.example.com/v1beta1';
  kind?: 'CronTab';
  [field: string]: unknown;
}

export const crontabsV1Beta1: ResourceType<CronTabV1Beta1> = { group: 'stable.example.com', version: 'v1beta1', resource: 'crontabs', kind: 'CronTab', namespaced: true };
`,
    );
  });

  it('gives no text of a definition a way out of its place', () => {
    const text = typescriptOf(
      definitionOf({
        group: "a'; throw 1; '",
        scope: 'Cluster',
        names: { plural: 'class', kind: 'My-Kind' },
        versions: [{ name: 'v1', schema: { openAPIV3Schema: { type: 'object', description: 'ends */ here', properties: { 'a\nb': { type: 'integer' } } } } }],
      }),
    );
    assert.match(text, /ends \* \/ here/);
    assert.match(text, /'a\\nb'\?: number;/);
    assert.match(text, /export const _class: ResourceType<MyKind> = \{ group: 'a\\'; throw 1; \\'',/);
  });

  it('says what a definition lacks', () => {
    assert.throws(() => typescriptOf(definitionOf({ group: 'x' })), /crontabs\.stable\.example\.com lacks a group, names or versions/);
  });
});
