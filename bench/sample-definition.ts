/** Definitions of custom kinds for the rows about them. Objects have 30 fields; the definition has five rules. */

const group = 'bench.example.com';

const fieldNames = Array.from({ length: 30 }, (_, index) => `field${index}`);

/** A kind whose objects are held against 30 fields and 5 rules. */
export const widgetDefinition = (): object => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `widgets.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            required: ['spec'],
            properties: {
              spec: {
                type: 'object',
                required: ['replicas', 'minimum', 'maximum'],
                'x-kubernetes-validations': [
                  { rule: 'self.replicas >= self.minimum', message: 'too few' },
                  { rule: 'self.replicas <= self.maximum', messageExpression: "'at most %d'.format([self.maximum])" },
                  { rule: 'self.field0.startsWith("value-")' },
                  { rule: 'self.ports.all(p, p.port > 0 && p.port < 65536)' },
                  { rule: 'self.ports.map(p, p.port).isSorted()' },
                ],
                properties: {
                  replicas: { type: 'integer', minimum: 0 },
                  minimum: { type: 'integer' },
                  maximum: { type: 'integer' },
                  ports: {
                    type: 'array',
                    maxItems: 16,
                    'x-kubernetes-list-type': 'map',
                    'x-kubernetes-list-map-keys': ['name'],
                    items: {
                      type: 'object',
                      required: ['name'],
                      properties: { name: { type: 'string', maxLength: 32 }, port: { type: 'integer' }, protocol: { type: 'string', default: 'TCP' } },
                    },
                  },
                  ...Object.fromEntries(fieldNames.slice(0, 26).map((name) => [name, { type: 'string', maxLength: 128, pattern: '^[a-z0-9-]+$' }])),
                },
              },
            },
          },
        },
      },
    ],
  },
});

/** One object of it, as JSON. */
export const widget = (name: string): string =>
  JSON.stringify({
    apiVersion: `${group}/v1`,
    kind: 'Widget',
    metadata: { name, namespace: 'default' },
    spec: {
      replicas: 3,
      minimum: 1,
      maximum: 10,
      ports: ['alpha', 'beta', 'gamma'].map((port, index) => ({ name: port, port: 8_000 + index })),
      ...Object.fromEntries(fieldNames.slice(0, 26).map((field, index) => [field, `value-of-field-number-${index}`])),
    },
  });

/** A ConfigMap of as many bytes. */
export function configMapOfSize(name: string, bytes: number, namespace = 'default'): string {
  const textOf = (length: number): string =>
    JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: { text: 'x'.repeat(length) } });
  return textOf(Math.max(0, bytes - textOf(0).length));
}

/** A definition of so many lines of YAML, about: objects within objects, lists and maps. */
export function largeDefinition(plural: string, lines: number): object {
  const properties: Record<string, object> = {};
  let count = 0;
  for (let index = 0; count < lines; index++, count += 27) {
    properties[`section${index}`] = {
      type: 'object',
      description: `Settings of part ${index}.`,
      properties: {
        name: { type: 'string', minLength: 1, maxLength: 63, pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$', description: 'What it is called.' },
        count: { type: 'integer', format: 'int32', minimum: 0, maximum: 100, default: 1, description: 'How many.' },
        mode: { type: 'string', enum: ['Always', 'Never', 'Sometimes'], default: 'Always' },
        labels: { type: 'object', additionalProperties: { type: 'string' } },
        items: {
          type: 'array',
          maxItems: 20,
          items: { type: 'object', required: ['key'], properties: { key: { type: 'string' }, value: { 'x-kubernetes-int-or-string': true } } },
        },
      },
    };
  }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural, kind: `${plural[0]!.toUpperCase()}${plural.slice(1)}` },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties } } } },
          subresources: { status: {} },
        },
      ],
    },
  };
}
