import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { TestCluster } from '../fixtures/cluster.ts';
import { kubectlVersions, startTestCluster } from '../fixtures/cluster.ts';

const group = 'rules.example.com';

/** A definition with a status and a scale; `spec` is the schema of that part, as JSON. */
const definition = (plural: string, kind: string, spec: object, root: object = {}): string =>
  JSON.stringify({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural, singular: kind.toLowerCase(), kind },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              ...root,
              properties: {
                spec,
                status: {
                  type: 'object',
                  properties: { phase: { type: 'string' }, replicas: { type: 'integer' } },
                  'x-kubernetes-validations': [{ rule: "!has(self.phase) || self.phase != 'Broken'", message: 'may not break' }],
                },
              },
            },
          },
          subresources: { status: {}, scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' } },
        },
      ],
    },
  });

const text = { type: 'string', maxLength: 64 };
const withRule = (schema: object, ...rules: object[]): object => ({ ...schema, 'x-kubernetes-validations': rules });

const fleetSpec = withRule(
  {
    type: 'object',
    properties: {
      replicas: { type: 'integer' },
      minimum: { type: 'integer' },
      storageClass: withRule(text, { rule: 'self == oldSelf', message: 'the storage class is immutable' }),
      generation: withRule(
        { type: 'integer' },
        { rule: 'oldSelf.hasValue() ? self > oldSelf.value() : self == 1', message: 'starts at 1 and grows', optionalOldSelf: true },
      ),
      memory: withRule(text, { rule: "isQuantity(self) && quantity(self).isLessThan(quantity('1Gi'))", message: 'less than 1Gi' }),
      address: withRule(text, { rule: 'isIP(self) && ip(self).family() == 4', message: 'an IPv4 address' }),
      endpoint: withRule(text, { rule: "isURL(self) && url(self).getScheme() == 'https'", message: 'an https URL' }),
      label: withRule(text, { rule: '!format.dns1123Label().validate(self).hasValue()', messageExpression: 'format.dns1123Label().validate(self).value()[0]' }),
      mode: text,
      reasonCode: text,
    },
  },
  { rule: 'self.replicas >= self.minimum', messageExpression: "'at least %d replicas'.format([self.minimum])" },
  {
    rule: "!has(self.mode) || self.mode != 'expert' || has(self.reasonCode)",
    message: 'experts say why',
    reason: 'FieldValueRequired',
    fieldPath: '.reasonCode',
  },
);

const fleet = (name: string, spec: object): string =>
  JSON.stringify({ apiVersion: `${group}/v1`, kind: 'Fleet', metadata: { name }, spec: { replicas: 3, minimum: 1, ...spec } });

// The oldest that knows rules, and the newest.
for (const version of new Set([[...kubectlVersions().keys()].at(0)!, [...kubectlVersions().keys()].at(-1)!])) {
  describe(`validation rules with kubectl ${version}`, () => {
    let cluster: TestCluster;
    before(async () => {
      cluster = await startTestCluster({ simulate: true });
    });
    after(async () => {
      await cluster?.[Symbol.asyncDispose]();
    });
    const kubectl = (args: readonly string[], input?: string): Promise<string> =>
      cluster.mustKubectl(args, { version, ...(input === undefined ? {} : { input }) });
    const refused = async (args: readonly string[], input?: string): Promise<string> => {
      const { code, stderr } = await cluster.kubectl(args, { version, ...(input === undefined ? {} : { input }) });
      assert.notEqual(code, 0);
      return stderr;
    };
    const apply = (object: string, ...more: string[]): Promise<string> => kubectl(['apply', '-f', '-', ...more], object);
    const merge = (name: string, spec: object): string[] => ['patch', 'fleet', name, '--type=merge', '-p', JSON.stringify({ spec })];

    it('that do not compile, or cost too much, refuse their definition', async () => {
      assert.equal(
        await refused(
          ['create', '-f', '-'],
          definition('wrongs', 'Wrong', withRule({ type: 'object', properties: { size: { type: 'integer' } } }, { rule: 'self.x > 0' })),
        ),
        'The CustomResourceDefinition "wrongs.rules.example.com" is invalid: ' +
          'spec.validation.openAPIV3Schema.properties[spec].x-kubernetes-validations[0].rule: Invalid value: ' +
          '{"Rule":"self.x \\u003e 0","Message":"","MessageExpression":"","Reason":null,"FieldPath":"","OptionalOldSelf":null}: ' +
          "compilation failed: ERROR: <input>:1:5: undefined field 'x'\n | self.x > 0\n | ....^\n",
      );
      const costly = withRule(
        { type: 'object', properties: { names: { type: 'array', items: { type: 'string' } } } },
        {
          rule: 'self.names.all(a, self.names.all(b, a == b))',
        },
      );
      assert.match(
        await refused(['create', '-f', '-'], definition('costlies', 'Costly', costly)),
        /x-kubernetes-validations\[0\]\.rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x \(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared\)/,
      );
      assert.match(
        await refused(['create', '-f', '-'], definition('olds', 'Old', { type: 'array', items: withRule({ type: 'integer' }, { rule: 'self == oldSelf' }) })),
        /oldSelf cannot be used on the uncorrelatable portion of the schema within spec\.validation\.openAPIV3Schema\.properties\[spec\]/,
      );
    });

    it('are held against new objects', async () => {
      await apply(
        definition('fleets', 'Fleet', fleetSpec, { 'x-kubernetes-validations': [{ rule: "self.metadata.name != 'forbidden'", message: 'not this name' }] }),
      );
      await apply(fleet('one', { storageClass: 'fast', generation: 1, memory: '512Mi', address: '10.0.0.1', endpoint: 'https://example.com', label: 'a-b' }));
      assert.equal(
        await refused(['create', '-f', '-'], fleet('few', { minimum: 5 })),
        'The Fleet "few" is invalid: spec: Invalid value: at least 5 replicas\n',
      );
      assert.equal(await refused(['create', '-f', '-'], fleet('forbidden', {})), 'The Fleet "forbidden" is invalid: <nil>: Invalid value: not this name\n');
      assert.equal(
        await refused(['create', '-f', '-'], fleet('expert', { mode: 'expert' })),
        'The Fleet "expert" is invalid: spec.reasonCode: Required value: experts say why\n',
      );
      const answer = await refused(
        ['create', '-f', '-'],
        fleet('several', { generation: 7, memory: '2Gi', address: '::1', endpoint: 'http://example.com', label: 'A_B' }),
      );
      for (const line of [
        '* spec.generation: Invalid value: 7: starts at 1 and grows\n',
        '* spec.memory: Invalid value: "2Gi": less than 1Gi\n',
        '* spec.address: Invalid value: "::1": an IPv4 address\n',
        '* spec.endpoint: Invalid value: "http://example.com": an https URL\n',
        '* spec.label: Invalid value: "A_B": a lowercase RFC 1123 label must consist of ',
      ])
        assert.ok(answer.includes(line), `${line} is not in ${answer}`);
    });

    it('are held against changes: of transitions the old value counts', async () => {
      assert.equal(
        await refused(merge('one', { storageClass: 'slow', generation: 2 })),
        'The Fleet "one" is invalid: spec.storageClass: Invalid value: "slow": the storage class is immutable\n',
      );
      await kubectl(merge('one', { storageClass: 'fast', generation: 2 }));
      assert.equal(
        await refused(['apply', '--server-side', '-f', '-', '--force-conflicts'], fleet('one', { generation: 1 })),
        'The Fleet "one" is invalid: spec.generation: Invalid value: 1: starts at 1 and grows\n',
      );
      // The generation does not change, and its rule asks it to: transitions are never excused.
      assert.match(await refused(['scale', 'fleet/one', '--replicas=0']), /spec: Invalid value: at least 1 replicas/);
      await kubectl(['patch', 'fleet', 'one', '--type=json', '-p', '[{"op":"remove","path":"/spec/generation"}]']);
      await kubectl(['scale', 'fleet/one', '--replicas=2']);
      assert.equal(
        await refused(['patch', 'fleet', 'one', '--subresource=status', '--type=merge', '-p', '{"status":{"phase":"Broken"}}']),
        'The Fleet "one" is invalid: status: Invalid value: may not break\n',
      );
      await kubectl(['patch', 'fleet', 'one', '--subresource=status', '--type=merge', '-p', '{"status":{"phase":"Fine"}}']);
    });

    it('let stay what was there before them, and warn', async () => {
      const plain = { type: 'object', properties: { size: { type: 'integer' }, color: text } };
      await apply(definition('tubs', 'Tub', plain));
      const tub = (spec: object): string => JSON.stringify({ apiVersion: `${group}/v1`, kind: 'Tub', metadata: { name: 'old' }, spec });
      await apply(tub({ size: 1, color: 'red' }));
      await apply(definition('tubs', 'Tub', { ...plain, properties: { ...plain.properties, size: withRule({ type: 'integer' }, { rule: 'self > 5' }) } }));
      const { code, stderr } = await cluster.kubectl(['apply', '-f', '-'], { version, input: tub({ size: 1, color: 'blue' }) });
      assert.equal(code, 0, stderr);
      assert.equal(stderr, 'Warning: spec.size: Invalid value: 1: failed rule: self > 5\n');
      assert.equal(
        await refused(['apply', '-f', '-'], tub({ size: 2, color: 'blue' })),
        'The Tub "old" is invalid: spec.size: Invalid value: 2: failed rule: self > 5\n',
      );
    });
  });
}
